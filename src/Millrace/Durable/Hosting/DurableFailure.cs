namespace Millrace.Durable.Hosting;

/// <summary>A failure that another attempt would meet again.</summary>
/// <param name="Reason">What has failed and what to do.</param>
/// <param name="Since">When it was met.</param>
internal sealed record DurableFailure(string Reason, DateTimeOffset Since);
