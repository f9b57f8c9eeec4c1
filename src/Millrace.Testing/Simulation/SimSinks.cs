namespace Millrace.Testing.Simulation;

/// <summary>The sinks' topics: plain appends, and transactions with fencing as Kafka has them.</summary>
internal sealed class SimSinks
{
    private readonly Dictionary<string, Transactional> _producers = new(StringComparer.Ordinal);

    /// <summary>What a read_committed reader sees.</summary>
    public List<SimulatedOutput> Committed { get; } = [];

    public void Append(ReadOnlySpan<SimulatedOutput> records) => Committed.AddRange(records);

    /// <summary>Fences older producers of the id, aborts their open transaction, and returns the new producer epoch.</summary>
    public int Initialize(string id)
    {
        Transactional producer = Of(id);
        producer.Open.Clear();
        return ++producer.Epoch;
    }

    public long ReadMarker(string id) => Of(id).Marker;

    public void Produce(string id, int epoch, ReadOnlySpan<SimulatedOutput> records) => Fenced(id, epoch).Open.AddRange(records);

    public void Commit(string id, int epoch, long marker)
    {
        Transactional producer = Fenced(id, epoch);
        Committed.AddRange(producer.Open);
        producer.Open.Clear();
        producer.Marker = marker;
    }

    private Transactional Fenced(string id, int epoch)
    {
        Transactional producer = Of(id);
        return producer.Epoch == epoch
            ? producer
            : throw new SimConflictException(
                $"transactional id '{id}' has producer epoch {producer.Epoch}, this producer has {epoch}: fenced"
            );
    }

    private Transactional Of(string id)
    {
        if (!_producers.TryGetValue(id, out Transactional? producer))
        {
            producer = new Transactional();
            _producers.Add(id, producer);
        }

        return producer;
    }

    private sealed class Transactional
    {
        public int Epoch { get; set; }

        public long Marker { get; set; } = Ledger.SinkProgress.None;

        public List<SimulatedOutput> Open { get; } = [];
    }
}
