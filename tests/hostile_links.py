"""Fragments that no figure has written: whoever opens a page with them must find it unharmed."""

from collections.abc import Iterable

FORBIDDEN = "!\"$'()*/;<>?@[]^`{|}~\\ \N{LATIN SMALL LETTER E WITH ACUTE}"
"""Characters that stand in no fragment; browsers may encode them."""
WRONG = ["[]", "null", "NaN", "Infinity", "1e400", "0x1", "'1'", "--1", "0.5.5", "99999999999", "IPY_MODEL_1"]
"""Texts that no part of any figure's state allows."""
INHERITED = ["__proto__", "constructor", "toString", "hasOwnProperty", "_esm", "networks", "question", "name"]
"""What every object, or every figure, has besides its state."""


def against_the_grammar(name: str, state: str) -> list[str]:
    """What the grammar of fragments forbids, made of an allowed state of a figure."""
    key, _, value = state.split(",")[0].partition(":")
    whole = f"#{name}={state}"
    return [
        *(f"#{name}={text}" for text in ("", ",", ":", key, f"{key}:{value}:{value}", f"{state},{state}")),
        *(f"{whole}{text}" for text in (",", ":", "=", f",{key}:{value}", "&", f"&{whole[1:]}", "%00")),
        *(f"{whole}&{other}" for other in ("lesionn=x:1", "=x:1", "x", f"{name}1={state}")),
        *(f"{whole},{other}:1" for other in INHERITED),
        *(f"{whole}{character}" for character in FORBIDDEN),
        *(f"#{name}={character}{state}" for character in FORBIDDEN),
        f"#{name}=={state}",
        f"#{name}=%3Cscript%3Ealert(1)%3C/script%3E",
        whole + "0" * 1000,
        whole + "0" * 30_000,
    ]


def of_no_figure(name: str, state: str) -> list[str]:
    """What speaks of no figure, however much it looks like an allowed state of one."""
    return [
        *(f"#{other}={state}" for other in (name.title(), f"{name}s", f"{name}1", f"{name}22", "x", "")),
        *(f"#{name}{other}{state}" for other in (":", "%", "%3A", "%253D", "-")),
        f"##{name}={state}",
        "#%3Cscript%3Ealert(1)%3C/script%3E",
        "#javascript:alert(1)",
        "#100%",
        "#%E0%A4%A",
        "#" + "a" * 30_000,
    ]


def encoded(link: str) -> str:
    """A link after a program that passes it on has encoded what it need not."""
    return link[0] + "".join(f"%{ord(each):02X}" if each in ":,=&." else each for each in link[1:])


def beyond_the_state(name: str, keys: Iterable[str], limits: dict) -> list[str]:
    """What no state of a figure allows, from the names in it and from the limits of its sliders."""
    return [
        *(f"#{name}={key}:{text}" for key in keys for text in WRONG),
        *(f"#{name}={key}:{low - step:g}" for key, (low, _, step, *_) in limits.items()),
        *(f"#{name}={key}:{high + step:g}" for key, (_, high, step, *_) in limits.items()),
    ]
