namespace Millrace.Testing.Simulation;

/// <summary>
/// Decides at every opportunity whether a fault happens. A decision depends on the seed, the kind and the opportunity's number alone, so
/// that faults can be left out of a run without changing what the others are.
/// </summary>
internal sealed class SimFaults
{
    private static readonly int Kinds = Enum.GetValues<SimulatedFault>().Length;

    // One in so many opportunities, at the middle intensity.
    private static readonly int[] Rarity =
    [
        250,
        250,
        400,
        60,
        60,
        150,
        40,
        40,
        40,
        2,
        40,
        40,
        40,
        30,
        40,
        40,
        20,
        20,
        60,
        60,
        60,
        60,
        60,
        15,
        15,
        8,
        8,
        60,
        100,
        100,
        600,
        3,
        30,
        60,
        400,
        40,
        1500,
        200,
        300,
        12,
        60,
        4,
        60,
    ];

    // What somebody does. It takes seconds, in which little else may happen: some runs have much of it, and less of all else.
    private static readonly HashSet<SimulatedFault> Operations =
    [
        SimulatedFault.SavepointTaken,
        SimulatedFault.Restored,
        SimulatedFault.TopicsSwapped,
        SimulatedFault.RestoreWithdrawn,
        SimulatedFault.RestoredOlder,
        SimulatedFault.SavepointTakenToo,
    ];

    private readonly ulong _seed;
    private readonly int[] _opportunities = new int[Kinds];
    private readonly int[] _counts = new int[Kinds];
    private readonly int[] _oneIn = new int[Kinds];
    private readonly HashSet<InjectedFault>? _only;

    /// <param name="enabled">The kinds that may happen.</param>
    /// <param name="intensity">1 is the middle; 0 turns all off.</param>
    /// <param name="only">Where given, exactly these happen.</param>
    public SimFaults(ulong seed, IEnumerable<SimulatedFault> enabled, double intensity, HashSet<InjectedFault>? only)
    {
        (_seed, _only) = (seed, only);

        // Swarm: each run leaves kinds out and stresses others, so that rare combinations meet.
        SimRandom random = new(SimRandom.Mix(seed ^ 0xFA0175));
        HashSet<SimulatedFault> allowed = enabled.ToHashSet();
        bool isOperated = new SimRandom(SimRandom.Mix(seed ^ 0x09E7A7)).OneIn(3);
        for (int kind = 0; kind < Kinds; kind++)
        {
            int stress = random.Below(4);
            double factor =
                stress switch
                {
                    0 => 0,
                    1 => 0.5,
                    2 => 1,
                    _ => 3,
                } * intensity;
            factor *=
                !isOperated ? 1
                : Operations.Contains((SimulatedFault)kind) ? 4
                : 0.15;
            _oneIn[kind] = factor > 0 && allowed.Contains((SimulatedFault)kind) ? Math.Max(1, (int)(Rarity[kind] / factor)) : 0;
        }
    }

    public bool IsOver { get; set; }

    public List<InjectedFault> Injected { get; } = [];

    public IReadOnlyList<int> Counts => _counts;

    public event Action<SimulatedFault>? Happened;

    public bool Fires(SimulatedFault fault)
    {
        int opportunity = _opportunities[(int)fault]++;
        if (IsOver)
        {
            return false;
        }

        InjectedFault injected = new(fault, opportunity);
        if (_only is not null)
        {
            if (!_only.Contains(injected))
            {
                return false;
            }
        }
        else
        {
            int oneIn = _oneIn[(int)fault];
            if (oneIn == 0 || SimRandom.Mix(_seed + (((ulong)fault + 1) << 40) + (ulong)opportunity) % (ulong)oneIn != 0)
            {
                return false;
            }
        }

        _counts[(int)fault]++;
        Injected.Add(injected);
        Happened?.Invoke(fault);
        return true;
    }
}
