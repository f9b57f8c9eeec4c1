using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Azure.Functions.Worker.Http;
using Millrace.Checkpoints;
using Millrace.DevBroker;
using Millrace.Durable.Hosting;
using Millrace.Errors;
using Millrace.Functions.Http;
using Millrace.Functions.Tests.Runner;
using Xunit;

namespace Millrace.Functions.Tests.EndToEnd;

/// <summary>A record that user code throws for holds up nothing for ever: the job stops and says why, or goes on without it.</summary>
public sealed class UserCodeErrorTests
{
    private static readonly string[] Good = ["a:1", "b:2", "c:4", "d:6"];

    [Theory]
    [InlineData("bad", "map")]
    [InlineData("worse", "echo")]
    public async Task ShouldSuspendTheJobAndNameTheRecord_WhenPolicyIsFail(string key, string uid)
    {
        await using Stage stage = await Stage.StartAsync(UserCodeErrorAction.Fail);
        stage.Write("a:1", $"{key}:3");

        DurableControl control = await SuspensionTests.WaitForFailureAsync(stage.Host, stage.Options);

        Assert.True(control.IsSuspended);
        Assert.Contains(
            $"(uid '{uid}') failed on a record, lines [1] @ 0: FormatException: no {key} lines.",
            control.Failure!.Reason,
            StringComparison.Ordinal
        );
        Assert.Contains("lines [1] @ 0", await SuspensionTests.StatusAsync(stage.Instance, stage.Store, "picky"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UserCodeErrorAction.Skip)]
    [InlineData(UserCodeErrorAction.DeadLetter)]
    public async Task ShouldGoOnWithoutTheRecord_WhenPolicyLeavesItOut(UserCodeErrorAction action)
    {
        await using Stage stage = await Stage.StartAsync(action);
        stage.Write("a:1", "b:2", "bad:3", "c:4", "worse:5", "d:6", "worst:7");

        await Waiting.UntilAsync(() => stage.Read("counts").SequenceEqual(Good), Scene.Deadline, () => stage.Options.Logs.Text);
        string[] letters = action is UserCodeErrorAction.DeadLetter ? ["bad:3", "worse:5", "worst:7"] : [];
        await Waiting.UntilAsync(() => stage.Read("dead").SequenceEqual(letters), Scene.Deadline, () => stage.Options.Logs.Text);
        Assert.False((await stage.Host.Job.Controls.ReadAsync(CancellationToken.None))!.IsSuspended);
        Assert.Equal(letters, (await ShownAsync(stage)).Order(StringComparer.Ordinal));
    }

    // The values of GET jobs/{job}/dead-letters.
    private static async Task<string[]> ShownAsync(Stage stage)
    {
        HttpResponseData response = await new DeadLettersApi(stage.Instance.Registry).ListAsync(
            new RunnerRequest("jobs/picky/dead-letters", CancellationToken.None),
            "picky"
        );
        JsonNode letters = JsonNode.Parse(((MemoryStream)response.Body).ToArray())!;
        return
        [
            .. letters
                .AsArray()
                .Select(letter => Encoding.UTF8.GetString(Convert.FromBase64String((string)letter!["value"]!)))
                .Distinct(StringComparer.Ordinal),
        ];
    }

    private sealed class Stage : IAsyncDisposable
    {
        private readonly DevBroker.DevBroker _broker;

        private Stage(DevBroker.DevBroker broker, UserCodeErrorAction action)
        {
            _broker = broker;
            Options = new RunnerOptions(broker.BootstrapServers, "UseDevelopmentStorage=true");
            Instance = new RunnerInstance(Options, new RunnerStore(1), Store, new PickyJob(action));
        }

        public RunnerOptions Options { get; }

        public RunnerInstance Instance { get; }

        public InMemoryObjectStore Store { get; } = new();

        public DurableJobHost Host { get; private set; } = null!;

        public static async Task<Stage> StartAsync(UserCodeErrorAction action)
        {
            DevBroker.DevBroker broker = await DevBroker.DevBroker.StartAsync(
                new DevBrokerOptions
                {
                    Topics =
                    {
                        ["lines"] = Scene.Partitions,
                        ["counts"] = 1,
                        ["dead"] = 1,
                    },
                }
            );
            Stage stage = new(broker, action);
            stage.Host = await stage.Instance.Registry.OpenAsync(stage.Instance.Registry.Catalog.Jobs[0], CancellationToken.None);
            stage.Instance.Start();
            return stage;
        }

        public void Write(params string[] lines) =>
            Topics.Write(_broker.BootstrapServers, "lines", Scene.Partitions, lines.Select((line, i) => (i, line)));

        public string[] Read(string topic) => [.. Topics.Values(_broker.BootstrapServers, topic).Distinct().Order(StringComparer.Ordinal)];

        public async ValueTask DisposeAsync()
        {
            await Instance.DisposeAsync();
            await _broker.DisposeAsync();
        }
    }
}
