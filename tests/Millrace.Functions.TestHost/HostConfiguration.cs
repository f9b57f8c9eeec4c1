using Microsoft.Extensions.Configuration;

namespace Millrace.Functions.TestHost;

/// <summary>What extensions are configured with: host.json below <c>AzureFunctionsJobHost</c>, and before it the app settings.</summary>
internal static class HostConfiguration
{
    public static IConfiguration Read(HostArguments arguments)
    {
        string path = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(arguments.App))!, "host.json");
        IConfiguration file = new ConfigurationBuilder().AddJsonFile(path, optional: false, reloadOnChange: false).Build();
        return new ConfigurationBuilder()
            .AddInMemoryCollection(file.AsEnumerable().Select(pair => KeyValuePair.Create("AzureFunctionsJobHost:" + pair.Key, pair.Value)))
            .AddInMemoryCollection([
                new("AzureWebJobsConfigurationSection", "AzureFunctionsJobHost"),
                new("FUNCTIONS_WORKER_RUNTIME", "dotnet-isolated"),
                new("AzureWebJobsStorage", arguments.Storage),
            ])
            .AddInMemoryCollection(arguments.Settings)
            .Build();
    }
}
