using Millrace.State;

namespace Millrace.StateBackends;

/// <summary>
/// Says of a key that it was never added, or that it may have been: a Bloom filter in blocks of a cache line (Putze, Sanders, Singler,
/// WEA 2007) that grows by layers. About 10 bits a key; one key in a hundred, per layer, is taken for one that was added.
/// </summary>
internal sealed class KeyFilter(StateMemory memory) : IDisposable
{
    private const int BitsPerKey = 10;
    private const int WordsPerBlock = 8;
    private const int KeysPerBlock = WordsPerBlock * 64 / BitsPerKey;
    private const int FirstBlocks = 2;

    // Few layers to look at on the one hand, little of the last one empty on the other.
    private const int FastGrowth = 4;
    private const int SlowGrowth = 2;
    private const int SlowFrom = 1 << 14;

    private readonly List<ulong[]> _layers = [];
    private long _room;

    /// <summary>How many keys were added.</summary>
    public long Count { get; private set; }

    /// <summary>Adds a key.</summary>
    /// <param name="key">A number made of the key; equal keys have the same.</param>
    /// <returns>Whether there was memory for it. If not, the filter must not be asked any more.</returns>
    public bool TryAdd(ulong key)
    {
        if (_room == 0 && !TryGrow())
        {
            return false;
        }

        _room--;
        Count++;
        ulong[] layer = _layers[^1];
        (ulong place, ulong bits) = Mixed(key);
        int block = BlockOf(layer, place);
        for (int word = 0; word < WordsPerBlock; word++, bits >>= 6)
        {
            layer[block + word] |= 1UL << (int)(bits & 63);
        }

        return true;
    }

    public bool MayContain(ulong key)
    {
        (ulong place, ulong bits) = Mixed(key);
        for (int i = _layers.Count - 1; i >= 0; i--)
        {
            if (MayContain(_layers[i], place, bits))
            {
                return true;
            }
        }

        return false;
    }

    public void Dispose()
    {
        foreach (ulong[] layer in _layers)
        {
            memory.RemoveFilter(layer.LongLength * sizeof(ulong));
        }

        _layers.Clear();
        _room = 0;
    }

    private static bool MayContain(ulong[] layer, ulong place, ulong bits)
    {
        int block = BlockOf(layer, place);
        for (int word = 0; word < WordsPerBlock; word++, bits >>= 6)
        {
            if ((layer[block + word] & (1UL << (int)(bits & 63))) == 0)
            {
                return false;
            }
        }

        return true;
    }

    private static int BlockOf(ulong[] layer, ulong place) =>
        (int)Math.BigMul(place, (ulong)(layer.Length / WordsPerBlock), out _) * WordsPerBlock;

    // Two steps of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): hashes of keys are 32 bits and their neighbours may be alike.
    private static (ulong Place, ulong Bits) Mixed(ulong key) => (HashMixing.Mix64(key), HashMixing.Mix64(key + 0x9E3779B97F4A7C15));

    private bool TryGrow()
    {
        int last = _layers.Count == 0 ? 0 : _layers[^1].Length / WordsPerBlock;
        int blocks = last == 0 ? FirstBlocks : last * (last < SlowFrom ? FastGrowth : SlowGrowth);
        while (blocks > Array.MaxLength / WordsPerBlock || !memory.TryAddFilter((long)blocks * WordsPerBlock * sizeof(ulong)))
        {
            blocks /= 2;
            if (blocks < Math.Max(last, FirstBlocks))
            {
                return false;
            }
        }

        _layers.Add(new ulong[blocks * WordsPerBlock]);
        _room = (long)blocks * KeysPerBlock;
        return true;
    }
}
