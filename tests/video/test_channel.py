"""The hand-over between two threads."""

from __future__ import annotations

import threading

import pytest

from touchline.video.channel import Channel


def test_everything_arrives_in_order_and_then_it_ends() -> None:
    channel: Channel[int] = Channel(3)

    def produce() -> None:
        for number in range(500):
            assert channel.put(number)
        channel.finish()

    thread = threading.Thread(target=produce)
    thread.start()
    assert list(channel) == list(range(500))
    assert list(channel) == []
    thread.join()


def test_error_comes_after_the_items_before_it_and_once() -> None:
    channel: Channel[int] = Channel(3)
    channel.put(1)
    channel.finish(ValueError("broken"))
    assert next(channel) == 1
    with pytest.raises(ValueError, match="broken"):
        next(channel)
    assert list(channel) == []


def test_close_lets_a_waiting_producer_go() -> None:
    channel: Channel[int] = Channel(1)
    channel.put(1)
    threading.Timer(0.05, channel.close).start()
    assert channel.put(2) is False
    assert list(channel) == []


def test_full_channel_drops_the_oldest_where_asked() -> None:
    channel: Channel[int] = Channel(2)
    for number in range(5):
        channel.put(number, drop_oldest=True)
    channel.finish()
    assert list(channel) == [3, 4]
