"""The outbox is bounded in frames and in bytes, and stays overflowed."""

from peer_server.bus import Frame
from peer_server.ws.outbox import MAX_BYTES, MAX_FRAMES, Outbox


def test_frames_come_out_in_order() -> None:
    outbox = Outbox()
    frames = [Frame(b"%d" % number) for number in range(3)]
    assert all(outbox.push(frame) for frame in frames)
    assert [outbox.pop() for _ in range(4)] == [*frames, None]


def test_too_many_frames_overflow_for_good() -> None:
    # Given a full outbox
    outbox = Outbox()
    assert all(outbox.push(Frame(b"x")) for _ in range(MAX_FRAMES))
    # When one more comes
    assert not outbox.push(Frame(b"x"))
    # Then everything is dropped and nothing goes in any more
    assert (outbox.is_overflowed, len(outbox), outbox.pop()) == (True, 0, None)
    assert not outbox.push(Frame(b"x"))


def test_too_many_bytes_overflow_but_one_large_frame_passes() -> None:
    outbox = Outbox()
    assert outbox.push(Frame(b"x" * (MAX_BYTES + 1)))
    assert not outbox.has_room
    assert not outbox.push(Frame(b"x"))


def test_there_is_room_once_half_is_written() -> None:
    outbox = Outbox()
    for _ in range(MAX_FRAMES):
        outbox.push(Frame(b"x"))
    assert not outbox.has_room
    for _ in range(MAX_FRAMES // 2):
        outbox.pop()
    assert outbox.has_room
