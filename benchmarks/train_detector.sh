#!/bin/sh
# Trains the shipped detector again:
#   benchmarks/train_detector.sh DFL_PLAYERS RENDERED YOLOX_NANO.onnx OUT
# DFL_PLAYERS: football-players-detection v1 in YOLO's format, named MATCH_CLIP_FRAME.
# RENDERED: rendered matches with seeds 101-109, 111-119 and 121-126, 60 images each, likewise.
# About 1.2 hours on 2 cores with avx512_bf16. Stopped or killed, the same command goes on.
set -e
here=$(dirname "$0")
touchline detector train --data "$1" --data "$2" --checkpoint "$3" --out "$4" \
    --config "$here/train_detector.yaml" --tensorboard
touchline detector export "$4/best.safetensors" "$4/football.onnx" \
    --data "$1" --matches 08fd33,744b27,55c9d1
