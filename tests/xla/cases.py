"""Small functions and modules that several tests use."""

import jax
import jax.numpy as jnp

# Two independent branches from one argument, a tuple of both, an in-place update.
MODULE = """HloModule two_branches, is_scheduled=true

FileNames
1 "model.py"

FunctionNames
1 "f"

FileLocations
1 {file_name_id=1 function_name_id=1 line=7 end_line=7 column=1 end_column=2}

StackFrames
1 {file_location_id=1 parent_frame_id=1}

%scale (p: f32[256]) -> f32[256] {
  %p = f32[256]{0} parameter(0)
  ROOT %twice = f32[256]{0} add(%p, %p)
}

ENTRY %main (x: f32[256]) -> f32[64] {
  %x = f32[256]{0} parameter(0)
  %zero = s32[] constant(0)
  %a = f32[256]{0} reverse(%x), dimensions={0}, metadata={op_name="jit(f)/rev" stack_frame_id=1}
  %b = f32[256]{0} reverse(f32[256]{0} %x), dimensions={0}, control-predecessors={%a}
  %c = f32[256]{0} fusion(%a), kind=kLoop, calls=%scale, backend_config={"note":"a ) of \\"text\\""}
  %pair = (f32[256]{0}, /*index=1*/f32[256]{0}) tuple(%c, %b)
  %second = f32[256]{0} get-tuple-element(%pair), index=1
  %renamed = f32[4,64]{1,0} bitcast(%second)
  %row = f32[64]{0} custom-call(%renamed, %c), custom_call_target="pick"
  %patch = f32[1]{0} slice(%x), slice={[0:1]}
  ROOT %out = f32[64]{0} dynamic-update-slice(%row, %patch, %zero)
}
"""


def sorts(x: jax.Array) -> jax.Array:
    """Eight independent branches of two sorts."""
    total = jnp.float32(0)
    for k in range(8):
        once = jnp.sort(x * (k + 1.0), axis=0)
        total += jnp.sum(jnp.sort(once + k, axis=1))
    return total


def picture() -> jax.Array:
    """A square of random numbers, of 1 MiB."""
    return jax.random.normal(jax.random.key(0), (512, 512))
