namespace Millrace.Functions.TestHost;

/// <summary>What the host is told on its command line: pairs of a name and a value, some of them many times.</summary>
internal sealed class HostArguments
{
    /// <summary>Path of the app's assembly.</summary>
    public required string App { get; init; }

    /// <summary>Connection string of the storage account, for the task hub, the timers' lease and the app.</summary>
    public required string Storage { get; init; }

    /// <summary>Names the app among those on one storage account. Default: <c>millrace-test</c>.</summary>
    public string HostId { get; private set; } = "millrace-test";

    /// <summary>Port of the HTTP functions. Default: any that is free.</summary>
    public int HttpPort { get; private set; }

    /// <summary>
    /// What this process listens for, as an instance of Flex Consumption does: <c>http</c>, <c>durable</c>, <c>timer</c> or the name of a
    /// function with a Kafka trigger. Default: everything.
    /// </summary>
    public HashSet<string> Groups { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>App settings: the worker's environment, and what <c>%name%</c> in bindings and host.json are looked up in.</summary>
    public Dictionary<string, string?> Settings { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="ArgumentException">An argument is unknown, or one that is needed is missing.</exception>
    public static HostArguments Parse(string[] args)
    {
        ILookup<string, string> values = args.Chunk(2)
            .ToLookup(pair => pair[0], pair => pair.Length == 2 ? pair[1] : throw new ArgumentException($"{pair[0]} has no value."));
        HostArguments arguments = new() { App = One("--app"), Storage = One("--storage") };
        foreach (IGrouping<string, string> argument in values)
        {
            foreach (string value in argument)
            {
                arguments.Take(argument.Key, value);
            }
        }

        return arguments;

        string One(string name) =>
            values[name].LastOrDefault() ?? throw new ArgumentException($"{name} is missing; the host cannot run without it.");
    }

    public bool Has(string group) => Groups.Count == 0 || Groups.Contains(group);

    private void Take(string name, string value)
    {
        switch (name)
        {
            case "--app" or "--storage":
                break;
            case "--host-id":
                HostId = value;
                break;
            case "--http":
                HttpPort = int.Parse(value, System.Globalization.CultureInfo.InvariantCulture);
                break;
            case "--only":
                Groups.Add(value);
                break;
            case "--set" when value.IndexOf('=', StringComparison.Ordinal) is int at and > 0:
                Settings[value[..at]] = value[(at + 1)..];
                break;
            default:
                throw new ArgumentException($"'{name} {value}' is no argument of the host.");
        }
    }
}
