using System.CommandLine;
using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Millrace.Api;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;
using Millrace.Kafka;

namespace Millrace.Embedded.Commands;

/// <summary>Looks at dead letters and sends them back.</summary>
internal sealed class DeadLettersCommand : ICliCommand
{
    private const string JobName = "millrace-dlq-redrive";
    private const int ShownBytes = 80;

    private readonly CommonOptions _common = new("The cluster that has the letters, host:port[,host:port] (required).");
    private readonly Option<string> _topic = new("--topic")
    {
        Description = "The dead-letter topic.",
        Required = true,
        HelpName = "topic",
        Recursive = true,
    };
    private readonly Option<string?> _to = new("--to")
    {
        Description = "Send them to this topic. Default: each to the topic it came from.",
        HelpName = "topic",
    };

    public Command Create(CliConsole console)
    {
        Command list = new("list", "Show the letters of a dead-letter topic: where each came from, what went wrong, how it begins.");
        list.SetAction((parsed, cancellationToken) => ListAsync(console, parsed, cancellationToken));
        Command redrive = new(
            "redrive",
            "Send the letters of a dead-letter topic back to where they came from. Those sent back before are not sent again."
        );
        redrive.Add(_to);
        redrive.SetAction((parsed, cancellationToken) => RedriveAsync(console, parsed, cancellationToken));
        Command command = new("dlq", "Look at dead letters and send them back.") { list, redrive };
        foreach (Command each in (Command[])[list, redrive])
        {
            _common.AddConnectionTo(each);
            each.Add(_topic);
        }

        return command;
    }

    private async Task<int> ListAsync(CliConsole console, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using HostSession session = await ConnectAsync(parsed, cancellationToken);
        DeadLetterSchema schema = new();
        IReadOnlyList<DeadLetter> letters = await TopicReader.ReadAsync(
            session,
            parsed.GetValue(_topic)!,
            schema,
            OffsetsInitializer.Earliest(),
            cancellationToken
        );
        foreach (DeadLetter letter in letters)
        {
            string text = Encoding.UTF8.GetString((letter.Value ?? [])[..Math.Min(letter.Value?.Length ?? 0, ShownBytes)]);
            string failed = letter.Operator.Length > 0 ? $" operator {letter.Operator}" : "";
            string shortened = letter.OriginalSize is { } size ? $" (shortened, the original has {size} bytes)" : "";
            await console.Out.WriteLineAsync(
                $"{letter.Origin} attempt {letter.Attempt}{failed}: {letter.Reason} "
                    + $"\"{new string([.. text.Where(c => !char.IsControl(c))])}\"{shortened}"
            );
        }

        await console.Out.WriteLineAsync($"{letters.Count} dead letter(s)");
        await SayOthersAsync(console, parsed.GetValue(_topic)!, schema);
        return CliApplication.Success;
    }

    private async Task<int> RedriveAsync(CliConsole console, ParseResult parsed, CancellationToken cancellationToken)
    {
        string topic = parsed.GetValue(_topic)!;
        DeadLetterSchema schema = new(parsed.GetValue(_to));
        if (parsed.GetValue(_to) == topic)
        {
            throw new CliException($"--to is the dead-letter topic '{topic}' itself; give another topic.");
        }
        await using HostSession session = await ConnectAsync(parsed, cancellationToken);
        StreamExecutionEnvironment env = session.NewEnvironment();

        // The group's offsets say what has been sent back; they are published with the checkpoint at the end.
        KafkaSource<DeadLetter> letters = KafkaSource
            .Builder<DeadLetter>()
            .SetProperties(session.Cluster.Properties)
            .SetTopics(topic)
            .SetGroupId($"{JobName}-{topic}")
            .SetStartingOffsets(OffsetsInitializer.CommittedOffsets(OffsetResetStrategy.Earliest))
            .SetBounded(OffsetsInitializer.Latest())
            .SetDeserializer(schema)
            .Build();
        KafkaSink<DeadLetter> back = KafkaSink
            .Builder<DeadLetter>()
            .SetProperties(session.Cluster.Properties)
            .SetRecordSerializer(schema)
            .Build();
        StrongBox<long> derived = new();
        await using DeadLetterOriginals originals = new(session.Cluster.Properties, session.Loggers, cancellationToken);
        env.FromSource(letters)
            .WithUid("letters")
            .Filter(IsOriginal)
            .WithUid("with-original")
            .FlatMap<DeadLetter>(originals.Complete)
            .WithUid("originals")
            .SinkTo(back)
            .WithUid("back");
        HostedJob job = await session.StartJobAsync(env, JobName);
        await session.WaitAsync([job]);
        foreach (string lost in originals.Lost)
        {
            await console.Error.WriteLineAsync(lost);
        }
        await console.Out.WriteLineAsync($"{job.Client.GetMetrics().RecordsOut} dead letter(s) sent back");
        await SayOthersAsync(console, topic, schema);
        if (derived.Value > 0)
        {
            await console.Out.WriteLineAsync(
                $"{derived.Value} letter(s) not sent back: they have no original record, but are of a window, a timer or a match, or of a "
                    + $"record that its topic has lost. {CliApplication.Program} dlq list shows what they are of."
            );
        }
        return originals.Lost.Count == 0 ? CliApplication.Success : CliApplication.Failure;

        bool IsOriginal(DeadLetter letter)
        {
            if (!letter.IsOriginal)
            {
                Interlocked.Increment(ref derived.Value);
            }
            return letter.IsOriginal;
        }
    }

    private static async Task SayOthersAsync(CliConsole console, string topic, DeadLetterSchema schema)
    {
        if (schema.Others > 0)
        {
            await console.Out.WriteLineAsync(
                $"{schema.Others} record(s) of topic '{topic}' are no dead letters: they have no headers that tell where they came from. "
                    + "Check that --topic is the dead-letter topic."
            );
        }
    }

    private async Task<HostSession> ConnectAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        HostSettings settings = _common.ReadConnection(parsed);
        if (settings.BootstrapServers is null)
        {
            throw new CliException("Dead letters are kept by a cluster; say which with --bootstrap-servers host:port.");
        }
        HostSession session = await HostSession.StartAsync(
            settings,
            new LineLoggerFactory(LogLevel.Error, Console.Error.WriteLine),
            cancellationToken
        );
        string topic = parsed.GetValue(_topic)!;
        if (!session.Cluster.Topics.ContainsKey(topic))
        {
            await session.Cluster.LookAgainAsync([topic], cancellationToken);
        }
        if (session.Cluster.Topics.ContainsKey(topic))
        {
            return session;
        }
        await session.DisposeAsync();
        throw new CliException($"{settings.BootstrapServers} has no topic '{topic}'; correct --topic.");
    }
}
