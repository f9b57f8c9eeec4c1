using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>Dead letters of records that cannot be read belong to the commit of their batch.</summary>
public sealed class LetterTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [AzuriteTheory]
    [InlineData(DeliveryGuarantee.ExactlyOnce)]
    [InlineData(DeliveryGuarantee.AtLeastOnce)]
    public async Task ShouldWriteEachLetterOnceOrUnderOneId_WhenTheInstanceDiesBetweenLetterAndLedger(DeliveryGuarantee guarantee)
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        RunnerInstance first = scene.Add(new CountJob(guarantee, deadLetters: "dead"));
        first.Blobs.Fails = operation =>
        {
            bool isCommit =
                operation.StartsWith("put ", StringComparison.Ordinal)
                && operation.EndsWith("/ledgers/lines/0-0", StringComparison.Ordinal)
                && Topics.Read(scene.Brokers, "dead").Count > 0;
            if (isCommit)
            {
                first.Kill();
            }

            return isCommit;
        };
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, [(0, "k:1"), (0, "poison"), (0, "k:2")]);
        await Waiting.UntilAsync(() => first.IsKilled, Scene.Deadline, () => scene.Options.Logs.Text);
        await scene.RemoveAsync(first);

        scene.Add(new CountJob(guarantee, deadLetters: "dead"));
        await scene.FinishAsync(3);

        List<(string Value, string? Id)> letters = Topics.Read(scene.Brokers, "dead", DeadLetterHeaders.Id);
        Assert.Equal(["poison"], letters.Select(letter => letter.Value).Distinct(StringComparer.Ordinal));
        Assert.Single(letters.Select(letter => letter.Id).Distinct(StringComparer.Ordinal));
        Assert.Equal(guarantee is DeliveryGuarantee.ExactlyOnce, letters.Count == 1);
    }
}
