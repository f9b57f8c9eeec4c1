using Millrace.State;

namespace Millrace.Checkpoints;

/// <summary>
/// Which parts of earlier checkpoints a task's next one builds on. Of each key group there is a part that says everything (its base), and
/// behind it parts that say what has changed. A checkpoint writes what has changed, and the bases of as many key groups as cost about as
/// much again, in turn: so each byte that changes is written twice in the long run, and a restore reads twice the state at most.
/// <code>
/// { Plan -> [Confirm] }*
/// </code>
/// Nothing builds on a part that was not confirmed before the next plan: that one says everything. Not thread-safe.
/// </summary>
/// <param name="groups">The key groups of the task.</param>
/// <param name="isIncremental">Whether parts build on others at all.</param>
/// <param name="isApart">Whether there are so many snapshots that one must cost no more than what has changed: what is kept per key then
/// has a part of its own, if there is any, and bases are written for an eighth of the state at a time, since that is to look at all of
/// it.</param>
/// <param name="mostBytes">What is written of key groups is cut so that about as much is in one part.</param>
internal sealed class SnapshotChain(KeyGroupRange groups, bool isIncremental, bool isApart = false, long mostBytes = SnapshotPlan.MostBytes)
{
    private const int Steps = 8;

    /// <summary>The most parts of earlier checkpoints that one builds on.</summary>
    public const int MaxParts = 100;

    // By key group, in the order of the range: the number of the part that has its base, its bytes, and whether anything is behind it.
    private readonly long[] _baseOf = new long[groups.Count];
    private readonly long[] _baseBytes = new long[groups.Count];
    private readonly bool[] _hasContent = new bool[groups.Count];
    private long _number;
    private int _next;
    private long _credit;
    private long _lastChanges;
    private bool _isBroken = true;
    private int _merged;
    private (long CheckpointId, SnapshotPlan Plan)? _pending;

    /// <summary>Bytes of all bases: about as much as there is.</summary>
    public long BaseBytes => _baseBytes.Sum();

    /// <summary>Goes on behind parts that were read back, so that the next one builds on them.</summary>
    /// <param name="parts">All parts, as they are built on.</param>
    public void Continue(IReadOnlyList<TaskSnapshotReader> parts)
    {
        Array.Fill(_baseOf, long.MaxValue);
        long changes = 0;
        foreach (
            IGrouping<(string, string, int KeyGroup), (int Part, KeyGroupSection Section)> state in parts
                .SelectMany((part, i) => part.KeyGroupSections().Select(each => (each.Uid, each.Name, Part: i + 1, each.Section)))
                .GroupBy(each => (each.Uid, each.Name, each.Section.KeyGroup), each => (each.Part, each.Section))
        )
        {
            (int Part, KeyGroupSection Section)[] sections = [.. state];
            int from = Math.Max(0, Array.FindLastIndex(sections, each => !each.Section.IsChange));
            int i = state.Key.KeyGroup - groups.Start;
            _baseOf[i] = Math.Min(_baseOf[i], sections[from].Part);
            _hasContent[i] = true;
            foreach ((_, KeyGroupSection section) in sections.AsSpan(from))
            {
                _baseBytes[i] += section.IsChange ? 0 : section.Data.Length;
                changes += section.IsChange ? section.Data.Length : 0;
            }
        }

        _number = parts.Count;
        _next = Array.IndexOf(_baseOf, _baseOf.Min());
        _baseOf.AsSpan().Replace(long.MaxValue, 0);
        _credit = Math.Max(0, changes - BaseBytes);
        _isBroken = false;
    }

    /// <summary>The last parts, with the one that was planned last, have become one.</summary>
    /// <param name="count">How many.</param>
    public void Merge(int count) => _merged = count;

    /// <summary>Decides what the next part has.</summary>
    /// <param name="checkpointId">The checkpoint.</param>
    /// <param name="isSelfContained">Whether it must not build on others, nor others on it: that of a savepoint.</param>
    public SnapshotPlan Plan(long checkpointId, bool isSelfContained)
    {
        _isBroken |= _pending is not null;
        SnapshotPlan plan = Decide(isSelfContained);
        _pending = plan.GoesOn ? (checkpointId, plan) : null;
        return plan;
    }

    /// <summary>A checkpoint is complete: what its part has may be built on.</summary>
    public void Confirm(long checkpointId)
    {
        if (_pending is not { } pending || pending.CheckpointId != checkpointId)
        {
            return;
        }

        _pending = null;
        _lastChanges = 0;
        for (int i = 0; i < groups.Count; i++)
        {
            long bytes = pending.Plan.BytesOf(groups.Start + i);
            if (pending.Plan.IsWhole(groups.Start + i))
            {
                (_baseOf[i], _baseBytes[i], _hasContent[i]) = (_number + pending.Plan.PieceOf(groups.Start + i), bytes, bytes > 0);
            }
            else
            {
                if (bytes > 0 && !_hasContent[i])
                {
                    (_baseOf[i], _hasContent[i]) = (_number + pending.Plan.PieceOf(groups.Start + i), true);
                }

                _lastChanges += bytes;
            }
        }

        // The part itself comes behind its pieces, unless what it has besides is none of the parts.
        _number += pending.Plan.Pieces - (isApart ? 1 : 0);
        for (int i = 0; i < groups.Count && _merged > 1; i++)
        {
            _baseOf[i] = Math.Min(_baseOf[i] + _merged - 1, _number);
        }

        _merged = 0;
    }

    private SnapshotPlan Decide(bool isSelfContained)
    {
        if (isSelfContained || !isIncremental)
        {
            // The marks of what has changed are gone with it.
            _isBroken = true;
            return new SnapshotPlan(groups, whole: null, keeps: 0, goesOn: false, mostBytes: mostBytes);
        }

        bool isAnew = _lastChanges * 2 >= BaseBytes && (_lastChanges > 0 || !isApart);
        if (_isBroken || isAnew)
        {
            _isBroken = false;
            _number++;
            return new SnapshotPlan(groups, whole: null, keeps: 0, goesOn: true, isApart, mostBytes);
        }

        _number++;
        bool[] whole = ChooseWhole();
        long oldest = _number;
        for (int i = 0; i < whole.Length; i++)
        {
            oldest = Math.Min(oldest, whole[i] || !_hasContent[i] ? _number : _baseOf[i]);
        }

        return new SnapshotPlan(groups, whole, (int)(_number - oldest), goesOn: true, isApart, mostBytes);
    }

    private bool[] ChooseWhole()
    {
        bool[] whole = new bool[groups.Count];
        _credit += _lastChanges;
        long parts = _number - _baseOf.Where((_, i) => _hasContent[i]).DefaultIfEmpty(_number).Min();
        int atLeast = parts < MaxParts / 2 ? 0 : ((groups.Count * 2) + MaxParts - 1) / MaxParts;
        if (isApart && atLeast == 0 && _credit < BaseBytes / Steps)
        {
            return whole;
        }

        for (int chosen = 0, looked = 0; looked < groups.Count; looked++)
        {
            int i = _next;
            if (_hasContent[i])
            {
                if (chosen >= atLeast && _credit < _baseBytes[i])
                {
                    break;
                }

                whole[i] = true;
                chosen++;
                _credit = Math.Max(0, _credit - _baseBytes[i]);
            }

            _next = (i + 1) % groups.Count;
        }

        return whole;
    }
}

/// <summary>What a task writes into its part of a checkpoint.</summary>
/// <param name="groups">The key groups of the task.</param>
/// <param name="whole">The key groups of which everything is written, in the order of the range; <see langword="null"/> = all.</param>
/// <param name="keeps">How many of the parts before it the part builds on: the last ones. 0 = it says everything itself.</param>
/// <param name="goesOn">Whether later parts may build on this one.</param>
/// <param name="isApart">Whether what is kept per key has a part of its own, which is written at once.</param>
/// <param name="mostBytes">About what is in one part at the most.</param>
internal sealed class SnapshotPlan(
    KeyGroupRange groups,
    bool[]? whole,
    int keeps,
    bool goesOn,
    bool isApart = false,
    long mostBytes = SnapshotPlan.MostBytes
)
{
    /// <summary>A part is read as one piece of memory, which ends at 2 GB.</summary>
    public const long MostBytes = 1L << 30;

    // Each piece costs an object, and as long as a key group of it was not written anew, all of it stays.
    private const int MostPieces = 8;
    private const long LeastBytes = 1024 * 1024;

    private readonly long[] _bytes = new long[groups.Count];

    public int Keeps => keeps;

    /// <summary>Whether it says everything and others are to build on it.</summary>
    public bool StartsAnew => goesOn && whole is null;

    public bool IsApart => isApart;

    /// <summary>Whether of no key group everything is written.</summary>
    public bool IsChangesOnly { get; } = whole is not null && !whole.Contains(true);

    /// <summary>In how many parts of their own the key groups are written, before the one that has the rest; 0 = in that one.</summary>
    public int Pieces { get; private set; }

    public bool GoesOn => goesOn;

    /// <summary>Whether everything of a key group is written, instead of what has changed since the part before.</summary>
    public bool IsWhole(int keyGroup) => whole is null || whole[keyGroup - groups.Start];

    /// <summary>
    /// Cuts what is written of key groups in pieces: so that what others build on can be let go of bit by bit, and that each can be read
    /// again.
    /// </summary>
    public void Cut(long bytes)
    {
        long wanted = StartsAnew ? Math.Min(MostPieces, bytes / LeastBytes) : 0;
        long most = Math.Min(Math.Max(wanted, (bytes + mostBytes - 1) / mostBytes), groups.Count);
        Pieces =
            most >= 2 ? (int)most
            : isApart ? 1
            : 0;
    }

    /// <summary>There was nothing to write apart.</summary>
    public void LeaveOut() => Pieces = 0;

    /// <summary>The piece that has a key group.</summary>
    public int PieceOf(int keyGroup) => Pieces == 0 ? 0 : (int)((long)(keyGroup - groups.Start) * Pieces / groups.Count);

    /// <summary>Bytes that were written of a key group.</summary>
    public long BytesOf(int keyGroup) => _bytes[keyGroup - groups.Start];

    public void Count(int keyGroup, long bytes) => _bytes[keyGroup - groups.Start] += bytes;
}
