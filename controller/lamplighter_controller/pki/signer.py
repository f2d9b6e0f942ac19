"""With which key the controller signs, and how another takes its place.

Each key has a file of its own, and `signing.json`, which is replaced at once, says which of them
counts: a power cut leaves the step before, or the one after. The lists that devices have been told
are kept, signed, for those that were away.
"""

from contextlib import suppress
from pathlib import Path

import msgspec
from lamplighter_wire.codec import encode
from lamplighter_wire.files import write_secret
from lamplighter_wire.key_succession import sign_keys
from lamplighter_wire.messages import SignedKeys
from lamplighter_wire.signing import KeySet, SigningKey

from lamplighter_controller.errors import ConflictError, DamagedError
from lamplighter_controller.pki.rotation import Phase
from lamplighter_controller.pki.signing_keys import FIRST_KEY, kept_signing_key, read_signing_key

FILE = "signing.json"


class SigningRecord(msgspec.Struct, frozen=True, kw_only=True):
    """signing.json.

    Attributes:
        version: of the list that devices are to believe; 0: what their enrolment has told.
        own: file of the key that signs.
        other: file of the one that counts beside; empty: there is none.
        ended: file of a key that counts no more, and has to go; empty: it is gone.
        number: of keys that there ever were.
        former: public keys of before, by name; what they have signed of manifests still counts.
        lists: all that there were, encoded.
    """

    phase: Phase = Phase.NONE
    version: int = 0
    own: str = FIRST_KEY
    other: str = ""
    ended: str = ""
    number: int = 1
    former: dict[str, str] = {}
    lists: list[bytes] = []


def read_signing(folder: Path) -> SigningRecord:
    """How far it is.

    Raises:
        DamagedError: the file is none.
    """
    path = folder / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=SigningRecord)
    except FileNotFoundError:
        return SigningRecord()
    except msgspec.MsgspecError as error:
        raise DamagedError(f"{path} cannot be read ({error}); put it back from a backup") from error


class Signer:
    """The keys of one folder. Steps are taken on the deciding thread; all else is for any.

    Raises:
        DamagedError: a file is there, but no key in it, or a key is missing.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._record = read_signing(folder)
        self._load()

    @property
    def phase(self) -> Phase:
        """How far it is."""
        return self._record.phase

    @property
    def version(self) -> int:
        """Of the list that devices are to believe."""
        return self._record.version

    @property
    def lists(self) -> list[bytes]:
        """All that there were, by age."""
        return self._record.lists

    def begin(self) -> None:
        """Another key counts beside the present one, which signs.

        Taken twice it is taken once, as the other steps are: a crash may have hidden the answer.

        Raises:
            ConflictError: the other one signs already.
        """
        now = self._record
        if now.phase is Phase.SWITCHED:
            raise ConflictError("a rotation is under way; end it: lamplighter signing-key finish")
        if now.phase is Phase.NONE:
            number = now.number + 1
            other = f"signing-{number}.key"
            added = kept_signing_key(self._folder, other)
            listed = self._listed(now, KeySet.of(self.key, added), [self.key, added])
            self._write(
                msgspec.structs.replace(listed, phase=Phase.OVERLAP, other=other, number=number)
            )

    def switch(self) -> None:
        """The other one signs.

        Raises:
            ConflictError: there is none.
        """
        now = self._record
        if now.phase is Phase.NONE:
            raise ConflictError("there is nothing to switch to: lamplighter signing-key rotate")
        if now.phase is Phase.OVERLAP:
            changed = {"phase": Phase.SWITCHED, "own": now.other, "other": now.own}
            self._write(msgspec.structs.replace(now, **changed))

    def finish(self) -> None:
        """The old one counts no more, but for manifests that it has signed, and is deleted.

        Raises:
            ConflictError: it signs still.
        """
        now = self._record
        if now.phase is Phase.OVERLAP:
            raise ConflictError("the old key signs still: lamplighter signing-key switch")
        if now.phase is Phase.SWITCHED and self.other is not None:
            former = now.former | KeySet.of(self.other).to_dict()
            ended = msgspec.structs.replace(
                now, phase=Phase.NONE, former=former, other="", ended=now.other
            )
            keys = KeySet.from_dict(KeySet.of(self.key).to_dict(), former)
            self._write(self._listed(ended, keys, [self.key]))

    def _listed(
        self, record: SigningRecord, keys: KeySet, signers: list[SigningKey]
    ) -> SigningRecord:
        version = record.version + 1
        keys = KeySet(keys.keys, KeySet.from_dict({}, record.former).former)
        signed: SignedKeys = sign_keys(version, keys, signers)
        return msgspec.structs.replace(
            record, version=version, lists=[*record.lists, encode(signed)]
        )

    def _write(self, record: SigningRecord) -> None:
        write_secret(self._folder / FILE, msgspec.json.encode(record))
        self._record = record
        self._load()

    def _load(self) -> None:
        """The keys that count; one that does no more is deleted, now or at the next start."""
        now = self._record
        is_first = now == SigningRecord()
        load = kept_signing_key if is_first else read_signing_key
        own = load(self._folder, now.own)
        self.other = read_signing_key(self._folder, now.other) if now.other else None
        both = KeySet.of(own) if self.other is None else KeySet.of(own, self.other)
        self.keys = KeySet.from_dict(both.to_dict(), now.former)
        self.key = own
        if now.ended:
            with suppress(FileNotFoundError):
                (self._folder / now.ended).unlink()
