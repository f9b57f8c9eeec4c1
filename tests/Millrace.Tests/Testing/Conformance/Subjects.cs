using System.Globalization;
using Millrace.Connectors;
using Millrace.Testing;
using Millrace.Testing.Conformance;

namespace Millrace.Tests.Testing.Conformance;

/// <summary>A memory log of two partitions and a source over it.</summary>
internal sealed class MemoryLogSubject : SourceUnderTest<string>
{
    private readonly Func<MemoryLog, ISource<string>> _create;

    public MemoryLogSubject(Func<MemoryLog, ISource<string>> create)
    {
        _create = create;
        for (int i = 0; i < 12; i++)
        {
            Log.Append(i % 2, string.Create(CultureInfo.InvariantCulture, $"line {i}"));
        }
    }

    public MemoryLog Log { get; } = new("lines", partitions: 2);

    public override IReadOnlyList<string> Records => Log.All;

    public override ISource<string> Create() => _create(Log);

    public override Task<bool> AppendAsync(CancellationToken cancellationToken)
    {
        int count = Log.All.Count;
        Log.Append(count % 2, string.Create(CultureInfo.InvariantCulture, $"line {count}"));
        return Task.FromResult(true);
    }

    public override ISource<string> CreateInvalid()
    {
        MemoryLogSource invalid = new(Log, fault: RawFault.RejectsItself);
        return Create() is FaultySource faulty ? faulty.Over(invalid) : invalid;
    }
}

/// <summary>Any source over fixed records.</summary>
internal sealed class FixedSubject<T>(IReadOnlyList<T> records, Func<ISource<T>> create, ISource<T>? invalid = null) : SourceUnderTest<T>
{
    public override IReadOnlyList<T> Records => records;

    public override ISource<T> Create() => create();

    public override ISource<T>? CreateInvalid() => invalid;
}

/// <summary>A memory log and a durable sink over it.</summary>
internal sealed class MemorySinkSubject(DurableSinkGuarantee guarantee, SinkFault fault) : SinkUnderTest<string>
{
    private readonly MemoryLog _log = new("lines", partitions: 1);

    public override ISink<string> Create() => new MemoryLogSink(_log, guarantee, fault);

    public override string RecordOf(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number}");

    public override Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(_log.All);

    public override ISink<string> CreateInvalid() => new MemoryLogSink(_log, guarantee, SinkFault.RejectsItself);
}

/// <summary>A sink with writers of its own.</summary>
internal sealed class WriterSubject(bool commits, WriterFault? fault) : SinkUnderTest<string>
{
    private readonly List<string> _shown = [];
    private readonly Dictionary<string, List<string>> _prepared = new(StringComparer.Ordinal);

    public override ISink<string> Create() => new FaultyWriterSink(_shown, commits, fault) { Prepared = _prepared };

    public override string RecordOf(int number) => string.Create(CultureInfo.InvariantCulture, $"line {number}");

    public override Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_shown)
        {
            return Task.FromResult<IReadOnlyList<string>>([.. _shown]);
        }
    }

    public override ISink<string> CreateInvalid() => new FaultyWriterSink(_shown, commits, fault) { IsInvalid = true };
}

/// <summary>The sink of the job tests.</summary>
internal sealed class TestSinkSubject(bool isTransactional) : SinkUnderTest<long>
{
    private readonly TestSink<long> _sink = new(isTransactional);

    public override ISink<long> Create() => _sink;

    public override long RecordOf(int number) => number;

    public override Task<IReadOnlyList<long>> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(_sink.Values);
}
