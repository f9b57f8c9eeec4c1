using System.Text;
using Microsoft.Extensions.Logging;

namespace Millrace.DevBroker.Hosting;

/// <summary>The command line of the broker's process: the <see cref="BrokerOption"/>s, and how much is logged.</summary>
internal sealed class CommandLine
{
    private const int DefaultPort = 9092;
    private const int NameWidth = 26;

    public static string HelpText { get; } = Help();

    public DevBrokerOptions Options { get; } = new() { Port = DefaultPort };

    public LogLevel LogLevel { get; private set; } = LogLevel.Warning;

    public bool IsHelp { get; private set; }

    public string? Error { get; private set; }

    public static CommandLine Parse(IReadOnlyList<string> args)
    {
        CommandLine line = new();
        using IEnumerator<string> rest = args.GetEnumerator();
        while (line.Error is null && rest.MoveNext())
        {
            line.Take(rest.Current, rest);
        }
        return line;
    }

    private static string Help()
    {
        StringBuilder text = new StringBuilder(
            "Millrace development broker: speaks Kafka's protocol on one node, for development and tests."
        )
            .AppendLine()
            .AppendLine();
        foreach (BrokerOption option in BrokerOption.All)
        {
            Line(option.ValueName is null ? option.Name : $"{option.Name} <{option.ValueName}>", option.Description);
        }
        Line("--verbose", "Log connections and requests too.");
        Line("--help", "Show this.");
        return text.ToString().TrimEnd();

        void Line(string name, string description)
        {
            text.Append("  ").Append(name.PadRight(NameWidth));
            if (name.Length >= NameWidth)
            {
                text.AppendLine().Append(' ', NameWidth + 2);
            }
            text.AppendLine(description);
        }
    }

    private void Take(string name, IEnumerator<string> rest)
    {
        if (name == "--verbose")
        {
            LogLevel = LogLevel.Debug;
        }
        else if (name is "--help" or "-h")
        {
            IsHelp = true;
        }
        else if (BrokerOption.All.FirstOrDefault(o => o.Name == name) is not { } option)
        {
            Error = $"'{name}' is not an option.";
        }
        else if (option.ValueName is null)
        {
            Error = option.Apply(Options, "");
        }
        else
        {
            Error = rest.MoveNext() ? option.Apply(Options, rest.Current) : $"{name} needs a value.";
        }
    }
}
