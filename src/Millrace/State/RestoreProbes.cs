namespace Millrace.State;

/// <summary>
/// How many slots a thread's restores have looked at: what a restore costs, told apart from how busy the machine is. For tests; counted
/// once per table.
/// </summary>
internal static class RestoreProbes
{
    [ThreadStatic]
    private static long _count;

    public static long OfThisThread => _count;

    public static void Add(long probes) => _count += probes;
}
