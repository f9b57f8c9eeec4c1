using Azure.Core;
using Azure.Core.Pipeline;

namespace Millrace.AzureBlobs.Tests;

/// <summary>Lets conditional writes reach the service and loses the replies of the first few.</summary>
internal sealed class LossyPolicy(int replies) : HttpPipelinePolicy
{
    public int Lost { get; private set; }

    public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline) => throw new NotSupportedException();

    public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
    {
        await ProcessNextAsync(message, pipeline);
        if (
            message.Request.Method == RequestMethod.Put
            && Lost < replies
            && (message.Request.Headers.Contains("If-Match") || message.Request.Headers.Contains("If-None-Match"))
        )
        {
            Lost++;
            throw new IOException("The reply was lost.");
        }
    }
}
