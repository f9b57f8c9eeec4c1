using Azure.Core;
using Azure.Core.Pipeline;

namespace Millrace.AzureBlobs.Tests;

/// <summary>Lets another writer be first before each commit of staged blocks.</summary>
internal sealed class OvertakingPolicy(Func<Task> overtake) : HttpPipelinePolicy
{
    public int Overtaken { get; private set; }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        if (message.Request.Uri.Query.Contains("comp=blocklist", StringComparison.Ordinal))
        {
            Overtaken++;
            await overtake();
        }

        await ProcessNextAsync(message, pipeline);
    }
}
