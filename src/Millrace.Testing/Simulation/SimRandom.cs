namespace Millrace.Testing.Simulation;

/// <summary>SplitMix64: the same numbers from the same seed on every runtime.</summary>
internal sealed class SimRandom(ulong seed)
{
    private ulong _state = seed;

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }

    public ulong Next() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>A number in <c>[0, bound)</c>.</summary>
    public int Below(int bound) => (int)(Next() % (ulong)bound);

    /// <summary>A number in <c>[from, to]</c>.</summary>
    public int Between(int from, int to) => from + Below(to - from + 1);

    public bool OneIn(int n) => Below(n) == 0;

    public void Shuffle<T>(IList<T> list)
    {
        for (int i = list.Count - 1; i > 0; i--)
        {
            int j = Below(i + 1);
            (list[i], list[j]) = (list[j], list[i]);
        }
    }
}
