using System.Diagnostics;

namespace Millrace.DevBroker.Tests.OverTheWire;

/// <summary>A group member in a Node.js process, which says what it is assigned and what it has processed and committed.</summary>
internal sealed class NodeMember : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _reading;
    private readonly Task<string> _errors;
    private volatile int[] _partitions = [];

    public NodeMember(string directory, IEnumerable<string> arguments, ProcessedRecords processed)
    {
        _process = Process.Start(
            new ProcessStartInfo("node", arguments)
            {
                WorkingDirectory = directory,
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        _errors = _process.StandardError.ReadToEndAsync();
        _reading = ReadAsync(processed);
    }

    public IReadOnlyList<int> Partitions => _partitions;

    public static async Task WaitForAssignmentAsync(int partitions, params NodeMember[] members) =>
        await Eventually.Until(
            () =>
                members.All(member => member.Partitions.Count > 0)
                && members.SelectMany(member => member.Partitions).Order().SequenceEqual(Enumerable.Range(0, partitions)),
            $"{members.Length} members share {partitions} partitions"
        );

    public async Task LeaveAsync()
    {
        _process.StandardInput.Close();
        await _reading.WaitAsync(Librdkafka.Patience);
        await _process.WaitForExitAsync();
        Assert.True(_process.ExitCode == 0, await _errors);
    }

    /// <summary>Kills the process: the group learns it when the session expires.</summary>
    public async Task CrashAsync()
    {
        _process.Kill();
        await _reading.WaitAsync(Librdkafka.Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _reading;
        _process.Dispose();
    }

    private async Task ReadAsync(ProcessedRecords processed)
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            (string? what, string? details) = line.Split(' ', 2) is [var first, var second] ? (first, second) : (line, "");
            if (what == "processed")
            {
                processed.Add(details);
            }
            else if (what == "assigned")
            {
                _partitions =
                [
                    .. details
                        .Split(',', StringSplitOptions.RemoveEmptyEntries)
                        .Select(each => int.Parse(each, System.Globalization.CultureInfo.InvariantCulture)),
                ];
            }
        }

        _partitions = [];
    }
}
