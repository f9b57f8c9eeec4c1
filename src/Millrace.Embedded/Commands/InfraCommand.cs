using System.CommandLine;
using System.Text.RegularExpressions;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Embedded.Infrastructure;

namespace Millrace.Embedded.Commands;

/// <summary>Generates what is deployed around jobs from their graphs, or checks it.</summary>
internal sealed partial class InfraCommand : ICliCommand
{
    private const int MostPartitions = 1024;
    private readonly CommonOptions _common = new(
        "Where to look up the partitions of topics, host:port[,host:port]. Default: none is asked."
    );
    private readonly JobsArgument _jobs = new();

    private readonly Option<string[]> _job = new("--job")
    {
        Description = "A job that the app runs. May come several times. Default: those of the last time, else all of the assembly.",
        HelpName = "name",
    };
    private readonly Option<string> _output = new("--output")
    {
        Description = "Folder of the infrastructure.",
        DefaultValueFactory = static _ => "infra",
        HelpName = "directory",
    };
    private readonly Option<string> _hostJson = new("--host-json")
    {
        Description = "The app's host.json; only its sections kafka and durableTask are written.",
        DefaultValueFactory = static _ => "host.json",
        HelpName = "file",
    };
    private readonly Option<InfraHosting[]> _hosting = new("--hosting")
    {
        Description = "Where the app runs. May come several times. Default: everywhere.",
        DefaultValueFactory = static _ => Enum.GetValues<InfraHosting>(),
    };
    private readonly Option<bool> _check = new("--check")
    {
        Description = "Write nothing; show how the files differ from what the jobs say, and end with exit code 1 if they do.",
    };
    private readonly Option<int?> _parallelism = new("--parallelism")
    {
        Description = "Tasks per keyed stage. Default: as the last time, else 4.",
        HelpName = "n",
    };
    private readonly Option<int?> _lagThreshold = new("--lag-threshold")
    {
        Description = "Records of lag that one instance is expected to carry. Default: as the last time, else 50000.",
        HelpName = "n",
    };
    private readonly Option<int?> _partitions = new("--partitions")
    {
        Description = "Partitions of topics that the cluster of --bootstrap-servers does not have. Default: as the last time, else 4.",
        HelpName = "n",
    };
    private readonly Option<int?> _retention = new("--retention-hours")
    {
        Description = "How long topics keep records. Default: as the last time, else 72.",
        HelpName = "n",
    };
    private readonly Option<DurableBackend?> _backend = new("--backend")
    {
        Description = "What keeps the task hub. Default: as the last time, else AzureStorage.",
    };
    private readonly Option<int?> _controlQueues = new("--control-queues")
    {
        Description = "Control queues of the task hub in AzureStorage; fixed for its life. Default: as the last time, else 4.",
        HelpName = "n",
    };
    private readonly Option<string?> _taskHub = new("--task-hub")
    {
        Description = "Name of the Durable task hub. Default: as the last time, else millrace.",
        HelpName = "name",
    };
    private readonly Option<string[]> _topics = new("--topic")
    {
        Description = "Partitions of one topic; also adds one that no graph names, and with 0 takes it away again. May come several times.",
        HelpName = "name:partitions",
    };

    public Command Create(CliConsole console)
    {
        Command command = new(
            "infra",
            "Generate host.json's Kafka and Durable sections, Bicep's parameters and the KEDA objects from the graphs of jobs, or check "
                + "them with --check."
        );
        command.Add(_jobs.Assembly);
        command.Add(_job);
        command.Add(_jobs.Set);
        command.Add(_check);
        command.Add(_output);
        command.Add(_hostJson);
        command.Add(_hosting.ByName());
        command.Add(_parallelism.From(1, 32_768));
        command.Add(_lagThreshold.From(1, 100_000_000));
        command.Add(_partitions.From(1, MostPartitions));
        command.Add(_retention.From(1, 24 * 90));
        command.Add(_backend.ByName());
        command.Add(_controlQueues.From(1, 16));
        command.Add(_taskHub);
        command.Add(_topics);
        _common.AddConnectionTo(command);
        _taskHub.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && !HubName().IsMatch(result.Tokens[0].Value))
            {
                result.AddError($"--task-hub is '{result.Tokens[0].Value}', expected 3 to 45 letters and digits that begin with a letter.");
            }
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(console, parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(CliConsole console, ParseResult parsed, CancellationToken cancellationToken)
    {
        string output = parsed.GetValue(_output)!;
        string hostJson = parsed.GetValue(_hostJson)!;
        if (parsed.GetResult(_hostJson) is { Implicit: false } && !File.Exists(hostJson))
        {
            throw new CliException($"--host-json '{hostJson}' does not exist; give the host.json of the app.");
        }

        HostSettings connection = _common.ReadConnection(parsed);
        using KafkaCluster? cluster = connection.BootstrapServers is { } servers
            ? await KafkaCluster.ConnectAsync(servers, connection.KafkaProperties, cancellationToken)
            : null;
        Topology? before = TopologyFile.Read(Path.Combine(output, InfraFiles.TopologyName));
        JobAssembly assembly = _jobs.Load(parsed);
        TopologyBuilder builder = new(assembly, before, Decisions(parsed), cluster, console.Error.WriteLine);
        Topology topology = builder.Build();
        bool check = parsed.GetValue(_check);
        int drifted = 0;
        foreach ((string path, string text) in InfraFiles.Of(topology, parsed.GetValue(_hosting)!, output, hostJson))
        {
            string there = File.Exists(path) ? (await File.ReadAllTextAsync(path, cancellationToken)).ReplaceLineEndings("\n") : "";
            IReadOnlyList<string> difference = TextDifference.Of(there, text.ReplaceLineEndings("\n"));
            if (difference.Count == 0)
            {
                continue;
            }
            drifted++;
            await console.Out.WriteLineAsync(path);
            if (check)
            {
                foreach (string line in difference)
                {
                    await console.Out.WriteLineAsync(line);
                }
                continue;
            }

            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            await File.WriteAllTextAsync(path, text, cancellationToken);
        }

        if (check && drifted > 0)
        {
            throw new CliException(
                $"{drifted} file{(drifted == 1 ? " is" : "s are")} not what the jobs say ('-' is there, '+' should be). Run the same "
                    + "command without --check."
            );
        }
        await console.Error.WriteLineAsync(
            drifted == 0 ? "Everything is as the jobs say." : $"{drifted} file{(drifted == 1 ? "" : "s")} written."
        );
        string[] others = [.. assembly.Jobs.Select(job => job.Name).Except(topology.Jobs, StringComparer.Ordinal)];
        if (others.Length > 0)
        {
            string source = parsed.GetValue(_job) is { Length: > 0 } ? "--job" : InfraFiles.TopologyName;
            await console.Error.WriteLineAsync(
                $"Not in the app: {string.Join(", ", others)}. It runs {string.Join(", ", topology.Jobs)}, as {source} says; name all that "
                    + "it is to run with --job."
            );
        }

        foreach (string line in CostEstimate.Lines(builder.Loads))
        {
            await console.Error.WriteLineAsync(line);
        }

        return CliApplication.Success;
    }

    private TopologyDecisions Decisions(ParseResult parsed) =>
        new()
        {
            Jobs = parsed.GetValue(_job) ?? [],
            Settings = parsed.GetValue(_jobs.Set) is { Length: > 0 } ? AppSettings.Names(_jobs.Parameters(parsed)) : null,
            Parallelism = parsed.GetValue(_parallelism),
            LagThreshold = parsed.GetValue(_lagThreshold),
            TaskHub = parsed.GetValue(_taskHub),
            Backend = parsed.GetValue(_backend),
            ControlQueues = parsed.GetValue(_controlQueues),
            Partitions = parsed.GetValue(_partitions),
            RetentionHours = parsed.GetValue(_retention),
            Topics = (parsed.GetValue(_topics) ?? [])
                .Select(text => TopicArgument.Parse(text, MostPartitions))
                .GroupBy(topic => topic.Name, topic => topic.Partitions, StringComparer.Ordinal)
                .ToDictionary(
                    topic => topic.Key,
                    topic =>
                        topic.Distinct().ToArray() is [int partitions]
                            ? partitions
                            : throw new CliException(
                                $"--topic {topic.Key} is given {string.Join(" and ", topic)} partitions; give it once."
                            ),
                    StringComparer.Ordinal
                ),
        };

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9]{2,44}$", RegexOptions.None, 1000)]
    private static partial Regex HubName();
}
