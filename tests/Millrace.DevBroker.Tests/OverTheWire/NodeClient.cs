using System.Text.Json;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>Runs scenarios of a client from npm. The packages are installed, as the lock file says, when they are missing.</summary>
internal sealed class NodeClient(string script, BrokerUnderTest broker)
{
    private static readonly Lazy<Task<string>> Installed = new(InstallAsync);

    /// <summary>Runs a scenario to its end; its findings are the last line it prints.</summary>
    public async Task<JsonElement> RunAsync(string scenario, params string[] arguments)
    {
        string directory = await Installed.Value;
        string output = await CommandLine.RunAsync("node", [script, scenario, broker.BootstrapServers, .. arguments], directory: directory);
        return JsonDocument.Parse(output.Trim().Split('\n')[^1]).RootElement;
    }

    /// <summary>Starts a group member as a process of its own.</summary>
    public async Task<NodeMember> JoinAsync(string topic, string group, ProcessedRecords processed) =>
        new(
            await Installed.Value,
            [
                script,
                "member",
                broker.BootstrapServers,
                topic,
                group,
                BrokerUnderTest.SessionTimeoutMs.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ],
            processed
        );

    private static async Task<string> InstallAsync()
    {
        string directory = Find();
        FileInfo lockFile = new(Path.Combine(directory, "package-lock.json"));
        FileInfo installed = new(Path.Combine(directory, "node_modules", ".package-lock.json"));
        if (!installed.Exists || installed.LastWriteTimeUtc < lockFile.LastWriteTimeUtc)
        {
            await CommandLine.RunAsync("npm", ["ci", "--no-audit", "--no-fund"], directory: directory, timeoutSeconds: 180);
        }

        return directory;
    }

    /// <summary>The scripts stand next to the tests' sources, where npm installs their packages once for all builds.</summary>
    private static string Find()
    {
        for (DirectoryInfo? directory = new(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            string candidate = Path.Combine(directory.FullName, "clients", "package.json");
            if (File.Exists(candidate))
            {
                return Path.GetDirectoryName(candidate)!;
            }
        }

        throw new DirectoryNotFoundException(
            $"No 'clients/package.json' in any directory above '{AppContext.BaseDirectory}'; run the tests from a checkout."
        );
    }
}
