"""The queue of a job's tiles: a message is a tile, its visibility timeout is the lease."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import Any

from .errors import AwsError, aws_errors
from .payloads import MESSAGES_PER_CALL, tile_messages
from .session import AwsSession


@dataclass(frozen=True)
class Lease:
    """A tile that this process may work on until the lease runs out.

    Parameters
    ----------
    tile : int
    receipt : str
    deliveries : int
        How often the tile was handed out, this time included.
    """

    tile: int
    receipt: str
    deliveries: int


class TileQueue:
    """Tiles in SQS.

    Parameters
    ----------
    session : AwsSession
    url : str
    tiles : int
        Number of tiles of the job; a message with another one is thrown away.
    """

    def __init__(self, session: AwsSession, url: str, tiles: int) -> None:
        self._sqs, self._url, self._tiles = session.client("sqs"), url, tiles

    def send(self, tiles: list[int]) -> None:
        """Queue tiles; a tile that is queued twice costs time and changes nothing."""
        for begin in range(0, len(tiles), MESSAGES_PER_CALL):
            batch = tiles[begin : begin + MESSAGES_PER_CALL]
            for _ in range(3):
                entries = tile_messages(batch)
                with aws_errors("Cannot queue tiles"):
                    answer = self._sqs.send_message_batch(QueueUrl=self._url, Entries=entries)
                batch = [batch[int(item["Id"])] for item in answer.get("Failed", ())]
                if not batch:
                    break
            else:
                raise AwsError(f"Cannot queue tiles: {answer['Failed'][0].get('Message', 'SQS refused')}.")

    def receive(self, wait: int) -> Lease | None:
        """Take a tile; None when there was none for `wait` seconds."""
        with aws_errors("Cannot ask for a tile"):
            answer = self._sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=1,
                WaitTimeSeconds=wait,
                AttributeNames=["ApproximateReceiveCount"],
            )
        for message in answer.get("Messages", ()):
            tile = _tile_of(message)
            receipt = message["ReceiptHandle"]
            if tile is None or not 0 <= tile < self._tiles:
                self.delete(Lease(-1, receipt, 0))
                continue
            return Lease(tile, receipt, int(message["Attributes"]["ApproximateReceiveCount"]))
        return None

    def delete(self, lease: Lease) -> None:
        """Take a finished tile off the queue."""
        with aws_errors("Cannot finish a tile"):
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=lease.receipt)

    def extend(self, leases: list[Lease], seconds: int) -> None:
        """Keep leases for some more seconds; those that ran out are left alone."""
        for begin in range(0, len(leases), MESSAGES_PER_CALL):
            entries = [
                {"Id": str(n), "ReceiptHandle": lease.receipt, "VisibilityTimeout": seconds}
                for n, lease in enumerate(leases[begin : begin + MESSAGES_PER_CALL])
            ]
            with aws_errors("Cannot extend leases"):
                self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def hand_back(self, lease: Lease) -> None:
        """Return a tile that was not finished for a reason that is not its own.

        It is queued anew, so that this delivery does not count.
        """
        self.send([lease.tile])
        self.delete(lease)

    def counts(self) -> tuple[int, int]:
        """Return about how many tiles wait and how many are being worked on."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        with aws_errors("Cannot look at the queue"):
            found = self._sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])


def _tile_of(message: dict[str, Any]) -> int | None:
    try:
        tile = json.loads(message["Body"])["tile"]
    except (ValueError, KeyError, TypeError):
        return None
    return tile if isinstance(tile, int) else None


class LeaseKeeper:
    """Extends the leases of all tiles that this process works on, until it is closed.

    Parameters
    ----------
    queue : TileQueue
    seconds : int
        Length of a lease; it is extended three times as often.
    """

    def __init__(self, queue: TileQueue, seconds: int) -> None:
        self._queue, self._seconds = queue, seconds
        self._leases: set[Lease] = set()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)
        self._thread.start()

    def add(self, lease: Lease) -> None:
        """Keep a lease."""
        with self._lock:
            self._leases.add(lease)

    def drop(self, lease: Lease) -> bool:
        """Stop keeping a lease; tell whether it was kept."""
        with self._lock:
            kept = lease in self._leases
            self._leases.discard(lease)
        return kept

    def close(self) -> list[Lease]:
        """Stop; return the leases that are still held."""
        self._closed.set()
        self._thread.join()
        with self._lock:
            return sorted(self._leases, key=lambda lease: lease.tile)

    def _keep(self) -> None:
        while not self._closed.wait(self._seconds / 3):
            with self._lock:
                held = list(self._leases)
            if not held:
                continue
            try:
                self._queue.extend(held, self._seconds)
            except AwsError:
                # Tried again soon; if it keeps failing the tiles are done twice, which is harmless.
                continue
