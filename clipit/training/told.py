"""What a dry run found, for people and as plain values.

>>> size(3_200_000_000), duration(5400)
('3.2 GB', '1.5 hours')
"""

from dataclasses import asdict
from typing import Any

from clipit.training.dry_run import NEEDS, PEAKS, Machine, PhasePlan, Plan
from clipit.training.recipe import Recipe


def values_of(plan: Plan, machine: Machine) -> dict[str, Any]:
    """The plan as plain values, ready for JSON."""
    phases = [asdict(phase) | {"memory": phase.memory} for phase in plan.phases]
    return asdict(plan) | {"phases": phases, "assumed": asdict(machine)}


def too_much(phase: PhasePlan, recipe: Recipe, memory: float) -> list[str]:
    """What would fit, where the phase does not fit into so many bytes of each device; else nothing."""
    if phase.memory <= memory:
        return []
    fits, cut = phase.pairs_that_fit(recipe, memory), recipe.devices > recipe.shards
    if not fits:
        advice = "cut them over more devices (shards, devices)" if cut else "use more devices or larger ones"
        return [f"  the {size(memory)} of a device do not hold the parameters and what belongs to them: {advice}"]
    remat = "" if recipe.remat else "; remat=true needs less too"
    return [
        f"  the {size(memory)} of a device do not hold it: a batch_size of {fits:,} would fit, or this batch in chunks "
        f"of as many (chunk={fits}){remat}"
    ]


def lines_of(plan: Plan, machine: Machine, recipe: Recipe) -> list[str]:
    """The plan for people."""
    parts = ", ".join(f"{name} {count:,}" for name, count in plan.parts.items())
    lines = [f"{plan.recipe}: {plan.parameters:,} parameters ({parts})"]
    for phase in plan.phases:
        needs = ", ".join(f"{what} {size(getattr(phase, what))}" for what in NEEDS)
        lines += [
            f"{phase.name}: at most {phase.steps:,} steps, {phase.trainable:,} parameters train",
            f"  memory of each device (of {plan.devices}): at most {size(phase.memory)} ({needs})",
            *too_much(phase, recipe, machine.memory * 1e9),
            f"  {phase.operations:.1e} operations: {duration(phase.seconds)}, cost {phase.cost:.2f}",
        ]
    peak = machine.peak or PEAKS[recipe.dtype]
    return [
        *lines,
        *(f"would read {what}" for what in plan.reads),
        f"would keep the pictures decoded: {size(plan.decoded)}, of the machine's memory or mapped from its disk",
        f"assumed: {peak:g}e12 operations a second of a device, of which {machine.share:.0%} are reached (--peak, "
        f"--share); {machine.price:g} for a device and hour (--price); captions of {plan.tokens} tokens, one for each "
        f"picture; {machine.memory:g} GB on each device (--memory); no time for looks at the validation pictures and "
        "for reading",
    ]


def duration(seconds: float) -> str:
    """Seconds in a unit that suits them."""
    for unit, name in ((3600, "hours"), (60, "minutes"), (1, "seconds")):
        if seconds >= unit:
            return f"{seconds / unit:.1f} {name}"
    return "less than a second"


def size(count: float) -> str:
    """Bytes in a unit that suits them."""
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if count >= unit:
            return f"{count / unit:.1f} {name}"
    return f"{count / 1e3:.0f} kB"
