namespace Millrace.Testing.Simulation;

/// <summary>The consumer group: an assignment that comes and goes, and committed offsets that are no more than advice.</summary>
internal sealed class SimGroup(SimTopic topic, SimRandom random)
{
    private readonly List<SimMember> _members = [];
    private readonly Dictionary<int, long> _committed = [];
    private readonly Dictionary<int, long> _committedBefore = [];
    private int _generation;

    public SimMember Join(SimProcess process)
    {
        SimMember member = new(process);
        _members.Add(member);
        Rebalance();
        return member;
    }

    public void Leave(SimProcess process)
    {
        bool left = false;
        for (int i = _members.Count - 1; i >= 0; i--)
        {
            if (_members[i].Process == process)
            {
                _members[i].IsValid = false;
                _members[i].Positions.Clear();
                _members.RemoveAt(i);
                left = true;
            }
        }

        if (left)
        {
            Rebalance();
        }
    }

    /// <summary>Gives all partitions out anew; every member fetches from the committed offsets again.</summary>
    public void Rebalance()
    {
        _generation++;
        random.Shuffle(_members);
        foreach (SimMember member in _members)
        {
            member.Generation = _generation;
            member.Positions.Clear();
        }

        for (int partition = 0; _members.Count > 0 && partition < topic.Partitions; partition++)
        {
            _members[partition % _members.Count].Positions[partition] = _committed.GetValueOrDefault(partition);
        }
    }

    /// <summary>Delivers up to <paramref name="max"/> records of the member's partitions, mixed, in order within each.</summary>
    public void Poll(SimMember member, int max, List<SimRecord> output)
    {
        foreach (int partition in member.Positions.Keys.ToArray())
        {
            int take = Math.Min(max, random.Between(1, max));
            int before = output.Count;
            long covered = topic.Read(partition, member.Positions[partition], long.MaxValue, take, output);
            max -= output.Count - before;
            member.Positions[partition] = Math.Max(member.Positions[partition], covered + 1);
            if (max == 0)
            {
                return;
            }
        }
    }

    /// <summary>A commit of the member's generation; a member that was left behind is refused.</summary>
    public void Commit(SimMember member, int generation, IReadOnlyDictionary<int, long> next)
    {
        if (!member.IsValid || generation != _generation)
        {
            return;
        }

        foreach ((int partition, long offset) in next)
        {
            _committedBefore[partition] = _committed.GetValueOrDefault(partition);
            _committed[partition] = offset;
        }
    }

    /// <summary>Loses the last commits, as a broker that fails over may.</summary>
    public void ForgetCommits()
    {
        foreach ((int partition, long offset) in _committedBefore)
        {
            _committed[partition] = offset;
        }

        Rebalance();
    }

    /// <summary>The offsets of a topic that was deleted go with it.</summary>
    public void Forget(int partition)
    {
        _committed.Remove(partition);
        _committedBefore.Remove(partition);
        Rebalance();
    }

    public long CommittedOf(int partition) => _committed.GetValueOrDefault(partition);

    public bool Owns(SimProcess process, int partition)
    {
        foreach (SimMember member in _members)
        {
            if (member.Positions.ContainsKey(partition))
            {
                return member.Process == process;
            }
        }

        return false;
    }
}
