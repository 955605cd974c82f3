#!/bin/sh
# Trains the larger detector again, with TOUCHLINE_DATA the data pack:
#   benchmarks/train_detector_large.sh NANODET.safetensors RENDERED OUT
# NANODET: what benchmarks/nanodet_start.py wrote. RENDERED: images and labels of rendered matches in
# YOLO's format. A training from COCO's NanoDet-g (40 minutes on one busy core, 5.5 views a second),
# averaged with it; the branches that tell classes apart alone (4 minutes), most of it at a low rate
# (11 minutes), all but the first two stages again (19 minutes), and the mean of the last two.
# Stopped or killed, the same command goes on.
set -e
here=$(dirname "$0") start=$1 rendered=$2 out=$3
python "$here/detector_data.py" --rendered "$rendered" --out "$out/data"
sets=$out/data/train
people="--data $sets/dfl_players --data $sets/det_futbol_players --data $sets/det_dfl_0b1495 \
    --data $sets/det_soccertrack_v2 --data $sets/det_ballgame3 --data $sets/det_basketball \
    --data $sets/det_coco_people --data $sets/det_coco_free --data $sets/ball_dfl_ball \
    --data $sets/negatives_stands --data $sets/negatives_coco_free"
train() { # CHECKPOINT FOLDER SHARES SETTING...
    from=$1 to=$2 shares=$3
    shift 3
    # shellcheck disable=SC2086
    touchline detector train $people --checkpoint "$from" --out "$out/$to" \
        --config "$here/train_detector_large.yaml" -s "data.shares=[$shares]" "$@"
}
train "$start" people 0.25,0.14,0.03,0.08,0.16,0.04,0.14,0.04,0.06,0.03,0.03
touchline detector average "$out/mean.safetensors" \
    --checkpoint "$out/people/last.safetensors" --share 0.7 --checkpoint "$start" --share 0.3
people="$people --data $sets/rendered"
train "$out/mean.safetensors" classes 0.30,0.15,0.04,0.04,0.06,0.03,0.08,0.02,0.04,0.01,0.01,0.22 \
    -s schedule.learned=classes -s schedule.held_stages=5 -s schedule.epochs=3 \
    -s schedule.learning_rate=0.001 -s schedule.rarity=0.7 \
    -s augmentation.mosaic.probability=0.1 -s augmentation.paste.probability=0.2
train "$out/classes/last.safetensors" last \
    0.23,0.12,0.03,0.07,0.13,0.04,0.14,0.04,0.07,0.02,0.02,0.09 \
    -s schedule.held_stages=3 -s schedule.epochs=4 -s schedule.learning_rate=0.0001 \
    -s augmentation.mosaic.probability=0.1 -s augmentation.paste.probability=0.3 -s schedule.exact=0.5
train "$out/last/last.safetensors" again \
    0.23,0.12,0.04,0.07,0.13,0.04,0.15,0.04,0.06,0.02,0.02,0.08 \
    -s schedule.epochs=6 -s augmentation.mosaic.probability=0.2 -s schedule.exact=0.3
touchline detector average "$out/large.safetensors" \
    --checkpoint "$out/last/last.safetensors" --share 0.4 \
    --checkpoint "$out/again/last.safetensors" --share 0.6
touchline detector export "$out/large.safetensors" "$out/football-detector-large.onnx" \
    --data "$out/data/validation/dfl_players"
