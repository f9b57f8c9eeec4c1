using Millrace.Functions.Tests.Runner;
using Millrace.Kafka;
using Millrace.Tests.Shared;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>A windowed job with exactly-once output through the app's own functions.</summary>
public sealed class ExactlyOnceTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [AzuriteTheory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(4, true)]
    [InlineData(5, true)]
    [InlineData(6, true)]
    public async Task ShouldCountEveryLineOnce_WhenInstancesAreKilledInTheMiddle(int seed, bool preAggregates)
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString, seed);
        scene.Store.DuplicatesSignals = true;
        Workload workload = new(6_000, seed);
        Random random = new(seed);
        const int Rounds = 4;
        for (int round = 0; round < Rounds; round++)
        {
            RunnerInstance instance = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce, preAggregates: preAggregates));
            instance.KillAfter(random.Next(5, 150));
            Topics.Write(
                scene.Brokers,
                "lines",
                Scene.Partitions,
                workload.Part(workload.Records / Rounds * round, workload.Records / Rounds * (round + 1))
            );
            await WaitAsync(() => instance.IsKilled, TimeSpan.FromSeconds(30));
            await scene.RemoveAsync(instance);
        }

        scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce, preAggregates: preAggregates));
        await scene.FinishAsync(workload.Records);

        AssertOutput(scene, workload);
    }

    [AzuriteFact]
    public async Task ShouldCountEveryLineOnce_WhenScaledToTwoInstancesAndBack()
    {
        await using Scene scene = await Scene.StartAsync(azurite.ConnectionString);
        Workload workload = new(6_000, seed: 5);
        RunnerInstance first = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(0, 2_000));
        await WaitAsync(() => first.Batches > 0, Scene.Deadline);
        RunnerInstance second = scene.Add(new CountJob(DeliveryGuarantee.ExactlyOnce));
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(2_000, 4_000));
        await WaitAsync(() => second.Batches > 0, TimeSpan.FromSeconds(10), isRequired: false);
        Topics.Write(scene.Brokers, "lines", Scene.Partitions, workload.Part(4_000, workload.Records));
        await scene.RemoveAsync(first);

        await scene.FinishAsync(workload.Records);

        AssertOutput(scene, workload);
    }

    private static async Task WaitAsync(Func<bool> condition, TimeSpan deadline, bool isRequired = true)
    {
        long start = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(start) > deadline)
            {
                Assert.False(isRequired, "What the test waits for has not happened in time.");
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static void AssertOutput(Scene scene, Workload workload)
    {
        List<(string Value, string? Id)> output = Topics.Read(scene.Brokers, "counts");
        string[] expected = workload.Expected();
        string[] actual = [.. output.Select(record => record.Value).Order(StringComparer.Ordinal)];
        Assert.True(
            expected.SequenceEqual(actual, StringComparer.Ordinal),
            $"{expected.Length} results expected, {actual.Length} came. Lost: {string.Join(' ', expected.Except(actual).Take(5))}. Wrong: "
                + $"{string.Join(' ', actual.Except(expected).Take(5))}.\n{scene.Options.Logs.Text}"
        );
        Assert.Equal(output.Count, output.Select(record => record.Id).Distinct().Count());
    }
}
