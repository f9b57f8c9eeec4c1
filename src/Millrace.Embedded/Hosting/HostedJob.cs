using Millrace.Runtime;

namespace Millrace.Embedded.Hosting;

/// <summary>A job that runs in this process.</summary>
/// <param name="Title">Name for people.</param>
/// <param name="Client">Its handle.</param>
/// <param name="IsTraffic">Whether it only feeds the others.</param>
internal sealed record HostedJob(string Title, JobClient Client, bool IsTraffic);
