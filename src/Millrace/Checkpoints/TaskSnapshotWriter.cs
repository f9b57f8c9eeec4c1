using System.Buffers.Binary;
using System.IO.Hashing;
using Millrace.Serialization;
using Millrace.State;

namespace Millrace.Checkpoints;

/// <summary>
/// Writes the part of one task: the sections of the operators in its chain.
/// <code>
/// { Operator(uid) -> { Section | KeyGroupSection | Defer }* }* -> Advance* -> Complete -> Dispose
/// </code>
/// Not thread-safe: used on the task's thread, which may go on with its work as long as <see cref="Advance"/> has more to do. The result
/// may be stored by another thread, and has its buffers from then on.
/// </summary>
internal sealed class TaskSnapshotWriter : IDisposable
{
    // Behind it comes the index.
    private const long MostBytes = 2000L << 20;

    private readonly SnapshotPlan? _plan;
    private readonly ChunkedBuffer _buffer = new();
    private readonly DataWriter _section = new();
    private readonly List<OperatorEntry> _operators = [];
    private readonly List<DeferredEntry> _deferred = [];
    private readonly List<(string Uid, string Name, KeyGroupSection Section)> _carried = [];
    private int _advanced;
    private TaskSnapshotWriter[] _pieces = [];
    private bool _completed;

    /// <param name="plan">
    /// What is written later, and builds on parts before; <see langword="null"/> = everything is written at once.
    /// </param>
    public TaskSnapshotWriter(SnapshotPlan? plan = null)
    {
        _plan = plan;
        Span<byte> header = stackalloc byte[TaskSnapshotFormat.HeaderSize];
        header.Clear();
        TaskSnapshotFormat.HeaderMagic.CopyTo(header);
        header[TaskSnapshotFormat.HeaderMagic.Length] = TaskSnapshotFormat.Version;
        _buffer.Append(header);
    }

    /// <summary>Begins the state of an operator; the writer of the operator before must not be used any more.</summary>
    /// <param name="uid">The operator's uid, unique in the task.</param>
    public ISnapshotWriter Operator(string uid)
    {
        ArgumentException.ThrowIfNullOrEmpty(uid);
        ThrowIfCompleted();
        EndSection();
        if (_operators.Exists(entry => string.Equals(entry.Uid, uid, StringComparison.Ordinal)))
        {
            throw new InvalidOperationException(
                $"Operator '{uid}' is written twice into one task's snapshot; uids must be unique in a job."
            );
        }

        OperatorEntry operatorEntry = new(this, uid);
        _operators.Add(operatorEntry);
        return operatorEntry;
    }

    /// <summary>Writes some of what was deferred.</summary>
    /// <param name="budget">How much to do, in looks at a slot of a table; what is done is taken off.</param>
    /// <returns>Whether all is written.</returns>
    public bool Advance(ref int budget)
    {
        while (_advanced < _deferred.Count)
        {
            if (!_deferred[_advanced].State.Advance(ref budget))
            {
                return false;
            }

            _advanced++;
        }

        return true;
    }

    /// <summary>Takes a section of another part as it is. No section may be begun meanwhile.</summary>
    public void Carry(string uid, string name, KeyGroupSection section)
    {
        NameEntry entry = Entry(uid).Name(name, section.Kind, section.Header);
        entry.Add(uid, section.KeyGroup, _buffer.Length);
        _buffer.Append(section.Data.Span);
        entry.EndLast(section.Data.Length);
        _plan?.Count(section.KeyGroup, section.Data.Length);
    }

    /// <summary>
    /// Takes sections of other parts, by key group. Changes that follow each other become one section where none of them says that a key
    /// was removed: else parts that are put together again and again have as many sections as there ever were.
    /// </summary>
    public void CarryTogether(string uid, string name, IReadOnlyList<KeyGroupSection> sections)
    {
        for (int i = 0, end; i < sections.Count; i = end)
        {
            KeyGroupSection first = sections[i];
            end = i + 1;
            while (end < sections.Count && AreOne(first, sections[end]))
            {
                end++;
            }

            if (end == i + 1)
            {
                Carry(uid, name, first);
                continue;
            }

            NameEntry entry = Entry(uid).Name(name, first.Kind, first.Header);
            long start = _buffer.Length;
            entry.Add(uid, first.KeyGroup, start);
            _section.Clear();
            _section.WriteInt32(0);
            _section.WriteInt32(Enumerable.Range(i, end - i).Sum(each => CountOf(sections[each])));
            _buffer.Append(_section.WrittenSpan);
            _section.Clear();
            for (; i < end; i++)
            {
                _buffer.Append(sections[i].Data.Span[(2 * sizeof(int))..]);
            }

            entry.EndLast(checked((int)(_buffer.Length - start)));
        }
    }

    /// <summary>Ends the part. What is not written yet is written now.</summary>
    public TaskSnapshot Complete()
    {
        ThrowIfCompleted();
        EndSection();
        WriteDeferred();
        _completed = true;

        bool hasOrder = HasNames(static name => name.Kind == TaskSnapshotFormat.OrderedSection);
        bool hasHeaders = hasOrder || HasNames(static name => !name.Header.IsEmpty);
        if (hasHeaders || HasNames(static name => name.Kind > TaskSnapshotFormat.KeyedSection))
        {
            byte version =
                hasOrder ? TaskSnapshotFormat.VersionWithOrder
                : hasHeaders ? TaskSnapshotFormat.VersionWithHeaders
                : TaskSnapshotFormat.VersionWithChanges;
            _buffer.Patch(TaskSnapshotFormat.HeaderMagic.Length, version);
        }

        if (_buffer.Length > MostBytes)
        {
            throw new InvalidOperationException(
                $"A task's part of a checkpoint has {_buffer.Length} bytes, and one of more than {MostBytes} cannot be read again; "
                    + "raise the parallelism, or the maximum parallelism, so that less is in one key group."
            );
        }

        long indexOffset = _buffer.Length;
        WriteIndex(hasHeaders);
        ReadOnlySpan<byte> index = _section.WrittenSpan;
        _buffer.Append(index);

        Span<byte> footer = stackalloc byte[TaskSnapshotFormat.FooterSize];
        BinaryPrimitives.WriteInt64LittleEndian(footer, indexOffset);
        BinaryPrimitives.WriteInt32LittleEndian(footer[8..], index.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(footer[12..], XxHash3.HashToUInt64(index));
        TaskSnapshotFormat.FooterMagic.CopyTo(footer[20..]);
        _buffer.Append(footer);

        bool hasOperatorState = HasNames(static name => name.Kind == TaskSnapshotFormat.OperatorSection);
        return new TaskSnapshot(_buffer, hasOperatorState, _plan?.Keeps ?? 0) { Before = [.. _pieces.Select(piece => piece.Complete())] };
    }

    /// <summary>Gives the buffers of a snapshot that was not completed back, and lets go of what was deferred.</summary>
    public void Dispose()
    {
        if (!_completed)
        {
            _completed = true;
            _buffer.Dispose();
            foreach (DeferredEntry deferred in _deferred)
            {
                deferred.State.Abandon();
                deferred.Sections.Dispose();
            }
        }
    }

    private static bool AreOne(KeyGroupSection first, KeyGroupSection next) =>
        first.KeyGroup == next.KeyGroup
        && AreOnlyEntries(first)
        && AreOnlyEntries(next)
        && first.Header.Span.SequenceEqual(next.Header.Span);

    private static bool AreOnlyEntries(KeyGroupSection section) =>
        section.Kind == TaskSnapshotFormat.ChangesSection
        && !section.Header.IsEmpty
        && BinaryPrimitives.ReadInt32LittleEndian(section.Data.Span) == 0;

    private static int CountOf(KeyGroupSection changes) => BinaryPrimitives.ReadInt32LittleEndian(changes.Data.Span[sizeof(int)..]);

    private bool HasNames(Predicate<NameEntry> condition) => _operators.Exists(entry => entry.Names.Exists(condition));

    private void WriteDeferred()
    {
        for (int budget = int.MaxValue; !Advance(ref budget); budget = int.MaxValue) { }

        if (_plan is not null && _deferred.Count + _carried.Count > 0)
        {
            _plan.Cut(_deferred.Sum(deferred => deferred.Sections.Length) + _carried.Sum(carried => carried.Section.Data.Length));
            _pieces = [.. Enumerable.Range(0, _plan.Pieces).Select(_ => new TaskSnapshotWriter(_plan))];
        }

        foreach ((string uid, string name, KeyGroupSection section) in _carried)
        {
            _pieces[_plan!.PieceOf(section.KeyGroup)].Carry(uid, name, section);
        }

        foreach (DeferredEntry deferred in _deferred)
        {
            KeyGroupRange groups = deferred.State.KeyGroups;
            _section.Clear();
            deferred.State.WriteHeader(_section);
            byte[] header = _section.ToArray();
            for (int group = groups.Start; group < groups.End; group++)
            {
                TaskSnapshotWriter writer = _pieces.Length > 0 ? _pieces[_plan!.PieceOf(group)] : this;
                writer.Write(deferred, group, deferred.Sections.Take(group), header);
            }
        }

        if (_pieces is [{ _operators.Count: 0 } empty])
        {
            empty.Dispose();
            _pieces = [];
            _plan!.LeaveOut();
        }

        _section.Clear();
    }

    private void Write(DeferredEntry deferred, int keyGroup, KeyGroupSections.Group content, byte[] header)
    {
        bool isEmpty = content.Count + content.RemovedCount == 0;
        bool isWhole = deferred.Sections.IsWhole(keyGroup);
        if (isEmpty && !(isWhole && _plan!.Keeps > 0))
        {
            return;
        }

        byte kind =
            !_plan!.GoesOn && _plan.Pieces == 0 ? TaskSnapshotFormat.KeyedSection
            : isWhole ? TaskSnapshotFormat.BaseSection
            : deferred.Sections.IsOrdered ? TaskSnapshotFormat.OrderedSection
            : TaskSnapshotFormat.ChangesSection;
        NameEntry name = Entry(deferred.Operator.Uid)
            .Name(deferred.State.Name, kind, _plan.IsApart ? header : default(ReadOnlyMemory<byte>));
        long start = _buffer.Length;
        name.Add(deferred.Operator.Uid, keyGroup, start);
        _section.Clear();
        if (name.Header.IsEmpty)
        {
            _section.WriteRaw(header);
        }

        if (kind == TaskSnapshotFormat.ChangesSection)
        {
            _section.WriteInt32(content.RemovedCount);
            if (content.Removed is { } removed)
            {
                _buffer.Append(_section.WrittenSpan);
                _section.Clear();
                _buffer.TakeOver(removed);
            }
        }

        _section.WriteInt32(content.Count);
        _buffer.Append(_section.WrittenSpan);
        _section.Clear();
        if (content.Entries is { } entries)
        {
            _buffer.TakeOver(entries);
        }

        name.EndLast(checked((int)(_buffer.Length - start)));
        _plan.Count(keyGroup, isEmpty ? 0 : _buffer.Length - start);
    }

    private OperatorEntry Entry(string uid)
    {
        OperatorEntry? entry = _operators.Find(entry => string.Equals(entry.Uid, uid, StringComparison.Ordinal));
        if (entry is null)
        {
            _operators.Add(entry = new OperatorEntry(this, uid));
        }

        return entry;
    }

    private void WriteIndex(bool hasHeaders)
    {
        _section.Clear();
        _section.WriteVarUInt32((uint)_operators.Count);
        foreach (OperatorEntry operatorEntry in _operators)
        {
            _section.WriteString(operatorEntry.Uid);
            _section.WriteVarUInt32((uint)operatorEntry.Names.Count);
            foreach (NameEntry name in operatorEntry.Names)
            {
                _section.WriteString(name.Name);
                _section.WriteByte(name.Kind);
                if (hasHeaders)
                {
                    _section.WriteBytes(name.Header.Span);
                }

                _section.WriteVarUInt32((uint)name.Sections.Count);
                foreach (SectionEntry section in name.Sections)
                {
                    if (name.Kind != TaskSnapshotFormat.OperatorSection)
                    {
                        _section.WriteVarUInt32((uint)section.KeyGroup);
                    }

                    _section.WriteVarUInt64((ulong)section.Offset);
                    _section.WriteVarUInt32((uint)section.Length);
                }
            }
        }
    }

    private DataWriter Begin(OperatorEntry operatorEntry, string name, byte kind, int keyGroup)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ThrowIfCompleted();
        if (!ReferenceEquals(_operators[^1], operatorEntry))
        {
            throw new InvalidOperationException(
                $"Operator '{operatorEntry.Uid}' writes section '{name}' after operator '{_operators[^1].Uid}' has begun; write an "
                    + "operator's state before the next one's."
            );
        }

        EndSection();
        operatorEntry.Current = operatorEntry.Name(name, kind);
        operatorEntry.Current.Add(operatorEntry.Uid, keyGroup, _buffer.Length);
        return _section;
    }

    private void EndSection()
    {
        if (_operators.Count > 0 && _operators[^1].Current is { } current)
        {
            _buffer.Append(_section.WrittenSpan);
            current.EndLast(_section.Length);
            _operators[^1].Current = null;
        }

        _section.Clear();
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("The task's snapshot is complete or disposed; begin a new one for the next checkpoint.");
        }
    }

    private void Defer(OperatorEntry operatorEntry, IDeferredState state)
    {
        ThrowIfCompleted();
        KeyGroupSections sections = new(state.KeyGroups, _plan!);
        state.Begin(sections);
        _deferred.Add(new DeferredEntry(operatorEntry, state, sections));
    }

    private record struct DeferredEntry(OperatorEntry Operator, IDeferredState State, KeyGroupSections Sections);

    private record struct SectionEntry(int KeyGroup, long Offset, int Length);

    private sealed class NameEntry(string name, byte kind, ReadOnlyMemory<byte> header)
    {
        private readonly HashSet<int> _keyGroups = [];

        public string Name { get; } = name;

        public byte Kind { get; } = kind;

        public ReadOnlyMemory<byte> Header { get; } = header;

        public List<SectionEntry> Sections { get; } = [];

        public void Add(string uid, int keyGroup, long offset)
        {
            if (!_keyGroups.Add(keyGroup) && Kind < TaskSnapshotFormat.ChangesSection)
            {
                throw new InvalidOperationException(
                    keyGroup < 0
                        ? $"Operator '{uid}' writes section '{Name}' twice; section names must be unique in an operator."
                        : $"Operator '{uid}' writes key group {keyGroup} of section '{Name}' twice; write all of a key group's state at "
                            + "once."
                );
            }

            Sections.Add(new SectionEntry(keyGroup, offset, 0));
        }

        public void EndLast(int length) => Sections[^1] = Sections[^1] with { Length = length };
    }

    private sealed class OperatorEntry(TaskSnapshotWriter owner, string uid) : ISnapshotWriter
    {
        public string Uid { get; } = uid;

        public List<NameEntry> Names { get; } = [];

        public NameEntry? Current { get; set; }

        public DataWriter Section(string name) => owner.Begin(this, name, TaskSnapshotFormat.OperatorSection, keyGroup: -1);

        public DataWriter KeyGroupSection(string name, int keyGroup)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(keyGroup);
            return owner.Begin(this, name, TaskSnapshotFormat.KeyedSection, keyGroup);
        }

        public void CarryOver(string name, KeyGroupSection section)
        {
            if (owner._plan?.IsWhole(section.KeyGroup) == false)
            {
                // It has not changed: a part before has it.
                return;
            }

            // Changes that are carried over follow what they change, and what later parts build on is a base.
            byte kind =
                section.Kind == TaskSnapshotFormat.KeyedSection && owner._plan is { GoesOn: true }
                    ? TaskSnapshotFormat.BaseSection
                    : section.Kind;
            if (owner._plan is { IsApart: true })
            {
                owner._carried.Add((Uid, name, section with { Kind = kind }));
                return;
            }

            DataWriter writer = owner.Begin(this, name, kind, section.KeyGroup);
            writer.WriteRaw(section.Header.Span);
            writer.WriteRaw(section.Data.Span);
            owner._plan?.Count(section.KeyGroup, section.Data.Length);
        }

        public bool Defer(IDeferredState state)
        {
            if (owner._plan is null)
            {
                return false;
            }

            owner.Defer(this, state);
            return true;
        }

        public NameEntry Name(string name, byte kind, ReadOnlyMemory<byte> header = default)
        {
            // What follows something else of its key group stays behind it, also where an earlier version has written some of it.
            NameEntry? entry = Names.FindLast(n => n.Kind == kind && string.Equals(n.Name, name, StringComparison.Ordinal));
            if (entry is null || !entry.Header.Span.SequenceEqual(header.Span))
            {
                entry = new NameEntry(name, kind, header);
                Names.Add(entry);
            }

            return entry;
        }
    }
}
