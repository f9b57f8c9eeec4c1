using System.Text.Json;
using Millrace.Embedded.Cli;

namespace Millrace.Embedded.Infrastructure;

/// <summary>Reads and writes <c>job.json</c>, which Bicep loads.</summary>
internal static class TopologyFile
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true, NewLine = "\n" };

    /// <summary>The topology of the last time; <see langword="null"/> when there is none.</summary>
    /// <param name="path">The file.</param>
    public static Topology? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<Topology>(File.ReadAllText(path), Format);
        }
        catch (JsonException failure)
        {
            throw new CliException(
                $"'{path}' cannot be read: {failure.Message} It is generated: correct it, or delete it and give every decision anew.",
                failure
            );
        }
    }

    public static string Write(Topology topology) => JsonSerializer.Serialize(topology, Format) + "\n";
}
