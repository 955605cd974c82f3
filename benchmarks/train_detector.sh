#!/bin/sh
# Trains the shipped detector again, with TOUCHLINE_DATA the data pack:
#   benchmarks/train_detector.sh YOLOX_NANO.onnx OUT
# A training from COCO's YOLOX-nano, averaged with it. About 50 minutes on one core (10 views a
# second). Stopped or killed, the same command goes on.
set -e
here=$(dirname "$0") start=$1 out=$2
python "$here/detector_data.py" --out "$out/data"
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
touchline detector export "$out/people.safetensors" "$out/football-detector.onnx" \
    --data "$out/data/validation/dfl_players"
