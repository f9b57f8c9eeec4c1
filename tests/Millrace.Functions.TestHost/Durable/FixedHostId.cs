using Microsoft.Azure.WebJobs.Host.Executors;

namespace Millrace.Functions.TestHost.Durable;

/// <summary>The id under which the timers' lease is held: hosts of one app share it.</summary>
internal sealed class FixedHostId(string id) : IHostIdProvider
{
    public Task<string> GetHostIdAsync(CancellationToken cancellationToken) => Task.FromResult(id);
}
