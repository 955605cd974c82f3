#!/bin/sh
# Trains the shipped detector again, with TOUCHLINE_DATA the data pack:
#   benchmarks/train_detector.sh YOLOX_NANO.onnx RENDERED OUT
# RENDERED: images and labels of rendered matches in YOLO's format. A training from COCO's
# YOLOX-nano (50 minutes on one core, 10 views a second), averaged with it; then the branches that
# tell classes apart alone (6 minutes), then most of it at a low rate (8 minutes); a second round on
# everything (35 minutes), averaged with what there was before it. Stopped or killed, the same
# command goes on.
set -e
here=$(dirname "$0") start=$1 rendered=$2 out=$3
python "$here/detector_data.py" --rendered "$rendered" --out "$out/data"
sets=$out/data/train
football="--data $sets/dfl_players --data $sets/det_futbol_players --data $sets/det_dfl_0b1495"
others="--data $sets/det_soccertrack_v2 --data $sets/det_ballgame3 --data $sets/det_basketball \
    --data $sets/det_coco_people --data $sets/det_coco_free --data $sets/ball_dfl_ball \
    --data $sets/negatives_stands --data $sets/negatives_coco_free"
# shellcheck disable=SC2086
touchline detector train $football $others --checkpoint "$start" --out "$out/people" \
    --config "$here/train_detector.yaml" \
    -s 'data.shares=[0.25,0.14,0.03,0.08,0.16,0.04,0.14,0.04,0.06,0.03,0.03]'
touchline detector average "$out/people.safetensors" \
    --checkpoint "$out/people/last.safetensors" --share 0.7 --checkpoint "$start" --share 0.3
# shellcheck disable=SC2086
touchline detector train $football $others --data "$sets/rendered" \
    --checkpoint "$out/people.safetensors" --out "$out/classes" \
    --config "$here/train_detector.yaml" \
    -s 'data.shares=[0.30,0.15,0.04,0.04,0.06,0.03,0.08,0.02,0.04,0.01,0.01,0.22]' \
    -s schedule.learned=classes -s schedule.held_stages=5 -s schedule.epochs=8 \
    -s schedule.learning_rate=0.001 -s schedule.rarity=0.7 \
    -s augmentation.mosaic.probability=0.1 -s augmentation.paste.probability=0.2
# shellcheck disable=SC2086
touchline detector train $football $others --data "$sets/rendered" \
    --checkpoint "$out/classes/last.safetensors" --out "$out/last" \
    --config "$here/train_detector.yaml" \
    -s 'data.shares=[0.23,0.12,0.03,0.07,0.13,0.04,0.14,0.04,0.07,0.02,0.02,0.09]' \
    -s schedule.held_stages=3 -s schedule.epochs=7 -s schedule.learning_rate=0.0002 \
    -s augmentation.mosaic.probability=0.1 -s augmentation.paste.probability=0.3 -s schedule.exact=0.5
# shellcheck disable=SC2086
touchline detector train $football $others --data "$sets/rendered" \
    --checkpoint "$out/last/last.safetensors" --out "$out/again" \
    --config "$here/train_detector.yaml" \
    -s 'data.shares=[0.23,0.12,0.04,0.07,0.13,0.04,0.15,0.04,0.06,0.02,0.02,0.08]' \
    -s schedule.held_stages=2 -s schedule.epochs=20 -s schedule.learning_rate=0.0004 \
    -s augmentation.mosaic.probability=0.2 -s augmentation.paste.probability=0.4 -s schedule.exact=0.3
touchline detector average "$out/mean.safetensors" \
    --checkpoint "$out/again/last.safetensors" --share 0.5 \
    --checkpoint "$out/last/last.safetensors" --share 0.5
touchline detector export "$out/mean.safetensors" "$out/football-detector.onnx" \
    --data "$out/data/validation/dfl_players"
