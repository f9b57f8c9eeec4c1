namespace Millrace.Connectors;

/// <summary>
/// Something outside that a source reads or a sink writes: a Kafka topic, a directory, a table. Two are the same when all parts are. A job
/// that writes what it reads is refused by comparing them, so a connector must name one topic in one way.
/// </summary>
/// <param name="Connector">Whose it is, in lower case: <c>kafka</c>, <c>file</c>.</param>
/// <param name="Name">Its name, as <see cref="RawRecord.Topic"/> and <see cref="RawPosition.Topic"/> say it.</param>
/// <param name="Cluster">Where it lies, when the name alone does not tell: <c>host-a:9092,host-b:9092</c>, sorted.
/// <see langword="null"/> = the name is enough.</param>
public readonly record struct Topic(string Connector, string Name, string? Cluster = null)
{
    /// <summary>As people read it: <c>file:/data/orders</c>, <c>kafka:orders at host-a:9092,host-b:9092</c>.</summary>
    public override string ToString() => Cluster is null ? $"{Connector}:{Name}" : $"{Connector}:{Name} at {Cluster}";
}
