#!/bin/sh
# Trains the shipped detector again, with TOUCHLINE_DATA the data pack:
#   benchmarks/train_detector.sh YOLOX_NANO.onnx OUT
# Two trainings from one start, averaged with it. About 1.4 hours on one core (10 views a second).
# Stopped or killed, the same command goes on.
set -e
here=$(dirname "$0") start=$1 out=$2
python "$here/detector_data.py" --out "$out/data"
folders=
for set in dfl_players det_futbol_players det_dfl_0b1495 det_soccertrack_v2 det_ballgame3 \
    det_basketball det_coco_people det_coco_free ball_dfl_ball negatives_stands negatives_coco_free
do
    folders="$folders --data $out/data/train/$set"
done
train() { # NAME SHARES [settings]
    name=$1 shares=$2
    shift 2
    # shellcheck disable=SC2086
    touchline detector train $folders --checkpoint "$start" --out "$out/$name" \
        --config "$here/train_detector.yaml" -s "data.shares=$shares" "$@"
}
train football '[0.25,0.14,0.03,0.08,0.16,0.04,0.14,0.04,0.06,0.03,0.03]'
train people '[0.22,0.12,0.03,0.08,0.15,0.05,0.20,0.06,0.04,0.025,0.025]' -s seed=1 \
    -s schedule.epochs=20 -s schedule.learning_rate=0.0004 -s augmentation.paste.probability=0.5
touchline detector average "$out/football-detector.safetensors" \
    --checkpoint "$out/football/last.safetensors" --share 0.35 \
    --checkpoint "$out/people/last.safetensors" --share 0.35 --checkpoint "$start" --share 0.3
touchline detector export "$out/football-detector.safetensors" "$out/football-detector.onnx" \
    --data "$out/data/validation/dfl_players"
