using System.CommandLine;
using Millrace.RocksDb;
using Millrace.StateBackends;

namespace Millrace.Embedded.Cli;

/// <summary>The options that commands which run jobs share.</summary>
/// <param name="cluster">What <c>--bootstrap-servers</c> is for; <see langword="null"/> = to run jobs on.</param>
internal sealed class CommonOptions(string? cluster = null)
{
    public static Option<bool> Verbose { get; } =
        new("--verbose") { Description = "Show logs, and errors with all details.", Recursive = true };

    public Option<string?> BootstrapServers { get; } =
        new("--bootstrap-servers")
        {
            Description =
                cluster
                ?? "A Kafka cluster to use, host:port[,host:port]. Default: a development broker, started with this command and ended with "
                    + "it.",
            HelpName = "host:port",
        };

    public Option<string[]> KafkaProperties { get; } =
        KeyValues.Option("--kafka-property", "A property of the Kafka client, such as security.protocol=SASL_SSL. May come several times.");

    public Option<string?> CheckpointDirectory { get; } =
        new("--checkpoint-dir")
        {
            Description =
                "Keep checkpoints in this directory; the same directory later goes on from the last one. Default: a temporary one.",
            HelpName = "directory",
        };

    public Option<string?> AzureStorage { get; } =
        new("--azure-storage")
        {
            Description = "Keep checkpoints in Azure Blob Storage (container 'millrace'); UseDevelopmentStorage=true is Azurite.",
            HelpName = "connection string",
        };

    public Option<TimeSpan?> CheckpointInterval { get; } =
        new("--checkpoint-interval")
        {
            Description = "From one checkpoint to the next. Default: 5s.",
            CustomParser = Durations.Parse,
            HelpName = "duration",
        };

    public StateOptions State { get; } = new();

    public Option<int> Parallelism { get; } =
        new Option<int>("--parallelism")
        {
            Description = "Tasks per operator.",
            DefaultValueFactory = static _ => 1,
            HelpName = "n",
        }.From(1, 128);

    public Option<TimeSpan?> Duration { get; } =
        new("--duration")
        {
            Description = "Stop after this time: 30s, 5m. Default: run until Ctrl-C, or until bounded input ends.",
            CustomParser = Durations.Parse,
            HelpName = "duration",
        };

    public Option<bool> CreateTopics { get; } =
        new("--create-topics")
        {
            Description = "Create topics that are missing, with one partition. Always on with the development broker.",
        };

    public Option<bool> Plain { get; } = new("--plain") { Description = "Write line by line even on a terminal." };

    /// <summary>For commands that only talk to a cluster.</summary>
    public void AddConnectionTo(Command command)
    {
        command.Add(BootstrapServers);
        command.Add(KafkaProperties);
    }

    public HostSettings ReadConnection(ParseResult parsed) =>
        new()
        {
            BootstrapServers = parsed.GetValue(BootstrapServers),
            KafkaProperties = KeyValues.Split(parsed.GetValue(KafkaProperties) ?? []),
        };

    public void AddTo(Command command)
    {
        AddConnectionTo(command);
        command.Add(CheckpointDirectory);
        command.Add(AzureStorage);
        command.Add(CheckpointInterval);
        State.AddTo(command);
        command.Add(Parallelism);
        command.Add(Duration);
        command.Add(CreateTopics);
        command.Add(Plain);
        command.Validators.Add(result =>
        {
            if (result.GetValue(CheckpointDirectory) is not null && result.GetValue(AzureStorage) is not null)
            {
                result.AddError("Both --checkpoint-dir and --azure-storage are given, but checkpoints go to one place; leave one out.");
            }
        });
    }

    public HostSettings Read(ParseResult parsed) =>
        ReadConnection(parsed) with
        {
            CheckpointDirectory = parsed.GetValue(CheckpointDirectory),
            AzureStorage = parsed.GetValue(AzureStorage),
            CheckpointInterval = parsed.GetValue(CheckpointInterval) ?? TimeSpan.FromSeconds(5),
            StateBackend = State.Read(parsed),
            Parallelism = parsed.GetValue(Parallelism),
            Duration = parsed.GetValue(Duration),
            CreateTopics = parsed.GetValue(CreateTopics),
            Plain = parsed.GetValue(Plain),
            Verbose = parsed.GetValue(Verbose),
        };
}

/// <summary>Where keyed state is kept while jobs run.</summary>
internal sealed class StateOptions
{
    private readonly Option<string?> _directory = new("--state-dir")
    {
        Description =
            "Keep keyed state on disk, in this directory, instead of in memory: state of many times the memory. What is in it is not "
            + "needed when the command has ended. Default: in memory.",
        HelpName = "directory",
    };

    private readonly Option<int> _memory = new Option<int>("--state-memory")
    {
        Description = "Megabytes of memory for state that --state-dir keeps on disk.",
        DefaultValueFactory = static _ => 1024,
        HelpName = "MB",
    }.From((int)(RocksDbStateBackend.MinMemoryBytes >> 20), 1 << 20);

    public void AddTo(Command command)
    {
        command.Add(_directory);
        command.Add(_memory);
        command.Validators.Add(result =>
        {
            if (result.GetResult(_memory) is { Implicit: false } && result.GetValue(_directory) is null)
            {
                result.AddError(
                    "--state-memory is given without --state-dir; add the directory, or leave it out: then state is in memory."
                );
            }
        });
    }

    public StateBackend Read(ParseResult parsed)
    {
        if (parsed.GetValue(_directory) is not { } directory)
        {
            return StateBackend.InMemory;
        }

        try
        {
            RocksDbStateBackend backend = new(directory, (long)parsed.GetValue(_memory) << 20);
            Directory.CreateDirectory(backend.Path);
            using FileStream probe = File.Create(
                Path.Combine(backend.Path, $".probe-{Guid.NewGuid():n}"),
                bufferSize: 1,
                FileOptions.DeleteOnClose
            );
            return backend;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CliException(
                $"--state-dir '{directory}' cannot be used: {exception.Message.Split(" (Parameter")[0]} "
                    + "Give a directory that can be written.",
                exception
            )
            {
                ExitCode = CliApplication.BadUsage,
            };
        }
    }
}
