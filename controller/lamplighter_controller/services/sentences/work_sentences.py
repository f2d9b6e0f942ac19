"""What the controller builds, keeps and tells others. Pure."""

from collections.abc import Sequence

from lamplighter_wire.words.names import plain, variant_words

from lamplighter_controller.services.sentences.sentence import Sentence, many


def started() -> Sentence:
    """The process is up."""
    return Sentence("the controller has started, and hears its devices")


def authority_counts() -> Sentence:
    """Step one of three."""
    return Sentence("a second authority for certificates counts; devices are told of it")


def authority_signs() -> Sentence:
    """Step two."""
    return Sentence("the new authority signs certificates; devices are given new ones")


def authority_over() -> Sentence:
    """Step three."""
    return Sentence("the old authority counts no longer: its certificates are refused")


def signing_key_counts() -> Sentence:
    """Step one of three."""
    return Sentence("a second signing key counts; devices are told of it")


def signing_key_signs() -> Sentence:
    """Step two."""
    return Sentence("the new signing key signs orders from now on")


def signing_key_over() -> Sentence:
    """Step three."""
    return Sentence("the old signing key counts no longer: what it signed is refused")


def broker_files(text: str) -> Sentence:
    """Somebody has to do something with a broker that is not ours, or has."""
    return Sentence(text)


def prepared() -> Sentence:
    """After a first start."""
    return Sentence("the workshop is ready: variants can be built")


def prepare_failed(error: str) -> Sentence:
    """After a first start."""
    return Sentence(f"the workshop could not make all its models ready: {error}")


def executor(trouble: str) -> Sentence:
    """`trouble`: empty, once it is over."""
    if not trouble:
        return Sentence("variants are built again")
    return Sentence(f"no variant is built until this is mended: {trouble}")


def building(variant: str, device: str) -> Sentence:
    """`device`: empty, where an operator asked."""
    whom = f"for {device}, which is told once it is there" if device else "as an operator asked"
    return Sentence(f"{variant_words(variant)} is being built {whom}")


def built(variant: str, seconds: float) -> Sentence:
    """It may be served."""
    return Sentence(f"{variant_words(variant)} was built in {seconds:.1f} s, and can be served")


def build_failed(variant: str, device: str, error: str) -> Sentence:
    """The device goes without."""
    failed = f"{variant_words(variant)} could not be built for {device}: {plain(error)}"
    return Sentence(f"{failed}; it is planned for without it")


def evaluated(variant: str) -> Sentence:
    """With all frames."""
    return Sentence(
        f"{variant_words(variant)} was measured in full: its accuracy is known better now"
    )


def evaluation_failed(variant: str, error: str) -> Sentence:
    """What is known stays."""
    name = variant_words(variant)
    return Sentence(f"{name} could not be measured in full, and its first figures stay: {error}")


def site_begun(site: str, base: str, teacher: str) -> Sentence:
    """A parent for one site."""
    return Sentence(f"site {site} gets a model of its own, made of {base} and taught by {teacher}")


def site_ended(site: str, reasons: str, *, kept: bool) -> Sentence:
    """With or without a gain."""
    word = "has a model of its own" if kept else "keeps the model that it had"
    return Sentence(f"site {site} {word}: {reasons}")


def site_failed(site: str, error: str) -> Sentence:
    """Or stopped."""
    return Sentence(f"site {site} gets no model of its own: {error}")


def site_removed(site: str) -> Sentence:
    """Its devices are planned for with what all have."""
    return Sentence(
        f"site {site} has no model of its own any more; its devices are planned for anew"
    )


def upkeep_failed(failure: str) -> Sentence:
    """Of the database."""
    return Sentence(f"old figures could not be put together or deleted: {failure}")


def disk_short(left_mb: int) -> Sentence:
    """Of the database."""
    return Sentence(
        f"the disk of the database is nearly full ({left_mb} MB left): old figures are put together"
        " and deleted earlier"
    )


def disk_enough(left_mb: int) -> Sentence:
    """Of the database."""
    return Sentence(f"the disk of the database has room again ({left_mb} MB)")


def unreadable(count: int, first: str) -> Sentence:
    """Found at a start."""
    rows = many(count, "row")
    return Sentence(f"{rows} of the database cannot be read and were set aside, the first: {first}")


def webhook(name: str, trouble: str) -> Sentence:
    """It was tried for a day."""
    return Sentence(f"webhook {name} has missed something, as it took nothing for a day: {trouble}")


def webhook_over(name: str) -> Sentence:
    """Its receiver says so."""
    return Sentence(f"webhook {name} is told nothing more, as its receiver says that it is gone")


def street_push(trouble: str) -> Sentence:
    """`trouble`: empty, once it is over."""
    if not trouble:
        return Sentence("street counts are taken again where they are posted")
    return Sentence(
        f"street counts are not taken where they are posted, and wait a week: {trouble}"
    )


def street_push_refused(names: Sequence[str], why: str) -> Sentence:
    """Of some only, by their names where they are posted."""
    few = ", ".join(names[:3]) + (" and others" if len(names) > 3 else "")
    counts = f"{many(len(names), 'street count')} {'is' if len(names) == 1 else 'are'}"
    return Sentence(f"{counts} not taken where they are posted, all others are: {few} ({why})")
