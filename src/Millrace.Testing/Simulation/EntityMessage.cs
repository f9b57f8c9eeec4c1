namespace Millrace.Testing.Simulation;

/// <summary>A message on its way to an entity.</summary>
/// <param name="Id">Unique per sending; a redelivery has the same.</param>
/// <param name="Sender">The sending entity; null for a client's signal.</param>
internal sealed record EntityMessage(long Id, string? Sender, EntityOperation Operation, byte[] Content)
{
    public long VisibleAt { get; set; }
}
