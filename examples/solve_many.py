"""Schedule several constructed graphs side by side and print what became of them."""

import gaus_jax as gj


def main() -> None:
    """Solve eight random workloads for memory, with half again the least latency."""
    gj.use_compilation_cache()
    problems = [gj.generate("dense", 400, seed=seed) for seed in range(8)]
    settings = gj.read_settings(None, ["objective.kappa=1.5", "rounds=3"])
    for result in gj.solve(problems, "B", settings, key=0):
        saved = 1 - result.value / result.trace[0][1]
        print(
            f"{result.problem['name']}: {result.value:.0f}, {saved:.0%} below ASAP, {result.status}"
        )


if __name__ == "__main__":
    main()
