namespace Millrace.Functions.Tests.RealHost;

/// <summary>An app on the test host: every process that is started with it works on one task hub, one container and one broker.</summary>
internal sealed class HostSetup(string storage, string brokers, params string[] jobs)
{
    private readonly string _id = "t" + Guid.NewGuid().ToString("n")[..12];

    /// <summary>App settings, with what makes an app quick: it polls and ticks more often, and mends after seconds.</summary>
    public Dictionary<string, string> Settings { get; } =
        new(StringComparer.Ordinal)
        {
            ["KafkaBrokers"] = brokers,
            ["Millrace:Jobs"] = string.Join(',', jobs),
            ["Millrace:TickSchedule"] = "* * * * * *",
            ["Millrace:RepairTimeoutSeconds"] = "10",
            ["Millrace:ResendTimeoutSeconds"] = "3",
            ["Millrace:Parallelism"] = "2",
            ["AzureFunctionsJobHost:extensions:durableTask:storageProvider:maxQueuePollingInterval"] = "00:00:00.1",
            ["AzureFunctionsJobHost:extensions:durableTask:storageProvider:controlQueueVisibilityTimeout"] = "00:01:00",
            ["AzureFunctionsJobHost:extensions:kafka:sessionTimeoutMs"] = "6000",
        };

    public IEnumerable<string> Arguments(IEnumerable<string> groups)
    {
        string app = Repository.Tree.Output("src/Millrace.App");
        Dictionary<string, string> settings = new(Settings, StringComparer.Ordinal)
        {
            ["Millrace:Container"] = _id,
            ["AzureFunctionsJobHost:extensions:durableTask:hubName"] = _id,
        };
        return
        [
            Repository.Tree.Output("tests/Millrace.Functions.TestHost"),
            "--app",
            app,
            "--storage",
            storage,
            "--host-id",
            _id,
            .. groups.SelectMany(group => (string[])["--only", group]),
            .. settings.SelectMany(setting => (string[])["--set", $"{setting.Key}={setting.Value}"]),
        ];
    }
}
