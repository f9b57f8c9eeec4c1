namespace Millrace.Testing.Simulation;

/// <summary>Delta debugging over the faults of a failing run: leaves out what is not needed to fail.</summary>
internal static class FaultShrinker
{
    public static IReadOnlyList<InjectedFault> Shrink(
        IReadOnlyList<InjectedFault> faults,
        int maxRuns,
        Func<IReadOnlyList<InjectedFault>, bool> fails
    )
    {
        IReadOnlyList<InjectedFault>? current = faults;
        int size = Math.Max(1, faults.Count / 2);
        while (size > 0 && maxRuns > 0)
        {
            int before = current.Count;
            int start = 0;
            while (start < current.Count && maxRuns > 0)
            {
                List<InjectedFault> candidate = Without(current, start, size);
                maxRuns--;
                if (fails(candidate))
                {
                    current = candidate;
                }
                else
                {
                    start += size;
                }
            }

            // Single faults again and again, until none can go: with one gone another may have become needless.
            size =
                size > 1 ? size / 2
                : current.Count < before ? 1
                : 0;
        }

        return current;
    }

    private static List<InjectedFault> Without(IReadOnlyList<InjectedFault> faults, int start, int count)
    {
        List<InjectedFault> rest = new(faults.Count);
        for (int i = 0; i < faults.Count; i++)
        {
            if (i < start || i >= start + count)
            {
                rest.Add(faults[i]);
            }
        }

        return rest;
    }
}
