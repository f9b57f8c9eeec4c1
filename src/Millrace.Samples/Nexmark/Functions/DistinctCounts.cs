using System.Runtime.InteropServices;
using Millrace.Samples.Nexmark.Results;

namespace Millrace.Samples.Nexmark.Functions;

/// <summary>Counts distinct numbers, in all and by rank; changed in place.</summary>
internal sealed class DistinctCounts
{
    /// <summary>The numbers seen, each with a bit per rank.</summary>
    public Dictionary<long, byte> Seen { get; set; } = [];

    public RankedCounts Counts { get; set; }

    public void Add(long number, int rank)
    {
        ref byte ranks = ref CollectionsMarshal.GetValueRefOrAddDefault(Seen, number, out _);
        byte bit = (byte)(1 << rank);
        if ((ranks & bit) != 0)
        {
            return;
        }

        ranks |= bit;
        Counts = Counts.Plus(rank, Seen.Count);
    }
}
