"""The runs that a configuration asks for, and those among them that are chosen."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from gaus_jax.base.errors import SettingsError
from gaus_jax.base.settings import ObjectiveSettings, as_dict
from gaus_jax.bench.config import UNBOUNDED, Config, check, kappa_text
from gaus_jax.bench.method import Method
from gaus_jax.bench.records import Case, Key
from gaus_jax.instances.sources import Instance, find_instances
from gaus_jax.model.objective import OBJECTIVES


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Narrows a configuration; what is empty or None leaves all there is."""

    only: Sequence[str] = ()  # globs on names of instances, or labels of sets
    methods: Sequence[str] = ()  # globs on labels
    objectives: Sequence[str] = ()
    kappas: Sequence[str] = ()
    limits: Sequence[float] = ()  # seconds; these replace the configuration's
    seeds: int | None = None
    workers: int | None = None
    ii: int | str | None = None  # replaces the configuration's


class Run(NamedTuple):
    """One run to be made."""

    key: Key
    instance: Instance
    method: Method
    objective: ObjectiveSettings

    def known(self) -> dict[str, float | None] | None:
        """What is known from elsewhere of the latency, where nothing but limits bounds it."""
        case, known = self.key.case, self.instance.known
        same = case.objective == "D" and case.kappa == UNBOUNDED
        return known._asdict() if known and same else None

    def task(self, warm: float, per_node: float = 0.0) -> dict[str, Any]:
        """What a worker is told."""
        return {
            "source": self.instance.source,
            "resources": self.instance.resources,
            "objective": as_dict(self.objective),
            "method": self.method.spec(),
            "seed": self.key.seed,
            "limit": self.key.limit,
            "limit_per_node": per_node,
            "warm": warm,
        }


def narrowed(config: Config, choice: Choice) -> Config:
    """The configuration with its lists cut down.

    Raises:
        SettingsError: nothing is left of a list, and says what there was; or a value that no run
            could have.
    """
    labels = _chosen("method", choice.methods, [m.label for m in config.methods])
    found = replace(
        config,
        methods=tuple(m for m in config.methods if m.label in labels),
        objectives=_chosen("objective", choice.objectives, config.objectives),
        kappas=_chosen("kappa", [kappa_text(k) for k in choice.kappas], config.kappas),
        limits=tuple(choice.limits) or config.limits,
        seeds=config.seeds if choice.seeds is None else choice.seeds,
        workers=config.workers if choice.workers is None else choice.workers,
        ii=config.ii if choice.ii is None else choice.ii,
    )
    check(found, "what was chosen")
    return found


def runs(config: Config, only: Sequence[str] = ()) -> list[Run]:
    """Every run, one instance after the other, the methods of a case side by side in time.

    Raises:
        InputError: a pattern of the configuration that no file fits.
        SettingsError: no instance is of the names asked for.
    """
    found = find_instances(config.sets, config.root)
    names = _chosen("instance", only, [n for i in found for n in (i.group, i.name)])
    hashed = {m.label: settings_hash(m.settings()) for m in config.methods}
    every = []
    for instance in found:
        if instance.name not in names and instance.group not in names:
            continue
        for name in config.objectives:
            for kappa in config.kappas:
                asked = _asked(config, name, kappa)
                ii = None if asked.ii is None else str(asked.ii)
                case = Case(instance.name, name, _ratio(asked), kappa, config.lifetime, ii)
                every += [
                    Run(
                        Key(case, limit, method.label, hashed[method.label], seed),
                        instance,
                        method,
                        asked,
                    )
                    for limit in config.limits
                    for method in config.methods
                    if method.serves(asked)
                    for seed in range(min(config.seeds, method.seeds or config.seeds))
                ]
    return every


def _asked(config: Config, name: str, kappa: str) -> ObjectiveSettings:
    """An objective of the configuration."""
    return ObjectiveSettings(
        name=name,
        ratio=config.ratio,
        kappa=None if kappa == UNBOUNDED else kappa,
        lifetime=config.lifetime,
        ii=config.ii if OBJECTIVES[name].pipelined else None,
    )


def settings_hash(settings: dict[str, Any]) -> str:
    """A short hash of a method's settings."""
    text = json.dumps(settings, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _ratio(asked: ObjectiveSettings) -> float | str | None:
    """The ratio where the objective has one."""
    return asked.ratio if "ratio" in OBJECTIVES[asked.name].weights.values() else None


def _chosen(kind: str, patterns: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
    if not patterns:
        return tuple(known)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in known):
            listed = ", ".join(dict.fromkeys(known))
            raise SettingsError(f"no {kind} is named {pattern}; there are: {listed}")
    return tuple(name for name in known if any(fnmatchcase(name, p) for p in patterns))
