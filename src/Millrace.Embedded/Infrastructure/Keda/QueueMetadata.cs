namespace Millrace.Embedded.Infrastructure.Keda;

/// <summary>What KEDA's azure-queue scaler reads.</summary>
/// <param name="queueName">The control queue.</param>
internal sealed class QueueMetadata(string queueName)
{
    public string AccountName => "set-by-overlay";

    public string QueueName { get; } = queueName;

    public string QueueLength => "64";

    public string ActivationQueueLength => "0";
}
