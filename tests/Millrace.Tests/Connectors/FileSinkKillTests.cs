using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Millrace.Tests.Connectors;

public sealed class FileSinkKillTests : IDisposable
{
    private const int Kills = 4;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);
    private readonly string _directory = Directory.CreateTempSubdirectory("millrace-kill-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task ShouldWriteEachRecordOnce_WhenTheProcessIsKilledAgainAndAgain()
    {
        using CancellationTokenSource deadline = new(Deadline);
        int killed = 0;
        while (true)
        {
            using Process process = Start();
            if (killed < Kills && await HasWrittenAsync(process, deadline.Token))
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(deadline.Token);
                killed++;
                continue;
            }

            string errors = await process.StandardError.ReadToEndAsync(deadline.Token);
            await process.WaitForExitAsync(deadline.Token);
            Assert.True(process.ExitCode == 0, errors);
            break;
        }

        string[] files = Files();
        Assert.True(killed >= 2, $"Killed only {killed} times.");
        Assert.DoesNotContain(files, file => Path.GetFileName(file).StartsWith('.'));
        Assert.Equal(
            Enumerable.Range(0, FileWriter.Records),
            files.SelectMany(file => File.ReadAllLines(file).Select(line => int.Parse(line, CultureInfo.InvariantCulture))).Order()
        );
    }

    /// <summary>Whether the process has begun a fair number of parts, so that a kill falls into the middle of writing.</summary>
    private async Task<bool> HasWrittenAsync(Process process, CancellationToken deadline)
    {
        int before = Files().Length;
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        while (await timer.WaitForNextTickAsync(deadline))
        {
            if (process.HasExited)
            {
                return false;
            }

            if (Files().Length > before + 15)
            {
                return true;
            }
        }

        return false;
    }

    private string[] Files()
    {
        try
        {
            return Directory.GetFiles(
                FileWriter.FilesOf(_directory),
                "*",
                new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None }
            );
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private Process Start()
    {
        ProcessStartInfo info = new("dotnet") { RedirectStandardError = true, UseShellExecute = false };
        foreach (string argument in new[] { "exec", typeof(FileWriter).Assembly.Location, FileWriter.Command, _directory })
        {
            info.ArgumentList.Add(argument);
        }

        return Process.Start(info)!;
    }
}
