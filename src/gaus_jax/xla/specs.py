"""Arguments of a function by their types, as ``f32[128,512] i32[]``."""

import re

import jax
import jax.numpy as jnp

from gaus_jax.base.errors import SettingsError

_KINDS = {
    "f16": jnp.float16, "f32": jnp.float32, "f64": jnp.float64, "bf16": jnp.bfloat16,
    "s8": jnp.int8, "s16": jnp.int16, "s32": jnp.int32, "s64": jnp.int64,
    "i8": jnp.int8, "i16": jnp.int16, "i32": jnp.int32, "i64": jnp.int64,
    "u8": jnp.uint8, "u16": jnp.uint16, "u32": jnp.uint32, "u64": jnp.uint64,
    "c64": jnp.complex64, "c128": jnp.complex128, "pred": jnp.bool_, "bool": jnp.bool_,
}  # fmt: skip


def parse_specs(text: str) -> tuple[jax.ShapeDtypeStruct, ...]:
    """Specs from a text of types with dimensions, apart by spaces.

    Raises:
        SettingsError: what is no type or no dimensions; lists the known types.
    """
    return tuple(_spec(part) for part in text.split())


def _spec(text: str) -> jax.ShapeDtypeStruct:
    match = re.fullmatch(r"([a-z]+\d*)\[([\d,]*)\]", text)
    if match is None or match[1] not in _KINDS:
        raise SettingsError(
            f"spec '{text}': expected a type and dimensions without blanks, as f32[128,512] or "
            f"i32[]; types: {', '.join(_KINDS)}"
        )
    kind = jnp.dtype(_KINDS[match[1]])
    if jax.dtypes.canonicalize_dtype(kind) != kind:
        raise SettingsError(
            f"spec '{text}': 64-bit types are switched off in JAX; set JAX_ENABLE_X64=1, or take a "
            f"smaller type"
        )
    dimensions = tuple(int(d) for d in match[2].split(",") if d)
    return jax.ShapeDtypeStruct(dimensions, kind)
