using System.IO.Pipelines;

namespace Millrace.DevBroker.Protocol;

/// <summary>
/// Record batches that go into a response straight from where they are stored. The source stays valid until it is disposed, even if its
/// segment is deleted meanwhile; whoever sends the response disposes it.
/// </summary>
internal interface IRecordsSource : IDisposable
{
    /// <summary>Size in bytes; exactly so many are written.</summary>
    int Length { get; }

    ValueTask WriteToAsync(PipeWriter output, CancellationToken cancellationToken);
}
