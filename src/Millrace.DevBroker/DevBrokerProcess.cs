using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using Millrace.DevBroker.Hosting;

namespace Millrace.DevBroker;

/// <summary>
/// The broker as a process of its own, for demos and for clients in other languages: <c>dotnet Millrace.DevBroker.dll --port 9092
/// --directory ./data</c>. When it takes requests it writes one line of JSON to its output,
/// <c>{"ready":true,"bootstrapServers":"127.0.0.1:9092","pid":4711}</c>; everything else goes to the error output.
/// </summary>
public static class DevBrokerProcess
{
    private const string Banner =
        "Millrace development broker: one node, no replication, no authentication, no encryption. For development and tests, not for "
        + "production.";

    /// <summary>Runs a broker until SIGINT or SIGTERM, or until cancelled.</summary>
    /// <param name="args">Command line; <c>--help</c> explains it.</param>
    /// <param name="output">Gets the ready line.</param>
    /// <param name="error">Gets banner, logs and errors.</param>
    /// <param name="cancellationToken">Stops the broker.</param>
    /// <returns>The exit code: 0 after a stop that was asked for, 1 if the broker could not start, 2 if the command line is
    /// wrong.</returns>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> args,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(args);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(error);
        CommandLine line = CommandLine.Parse(args);
        if (line.IsHelp)
        {
            await output.WriteLineAsync(CommandLine.HelpText).ConfigureAwait(false);
            return 0;
        }

        if (line.Error is not null)
        {
            await error.WriteLineAsync(line.Error + Environment.NewLine + "Use --help to see what there is.").ConfigureAwait(false);
            return 2;
        }

        using CancellationTokenSource stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopping.Cancel();
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using WriterLoggerFactory loggers = new(error, line.LogLevel, line.Options.TimeProvider);
        line.Options.LoggerFactory = loggers;
        await error.WriteLineAsync(Banner).ConfigureAwait(false);
        try
        {
            DevBroker broker = await DevBroker.StartAsync(line.Options, stopping.Token).ConfigureAwait(false);
            await using ConfiguredAsyncDisposable brokerDisposal = broker.ConfigureAwait(false);
            await output
                .WriteLineAsync(
                    $"{{\"ready\":true,\"bootstrapServers\":\"{JsonEncodedText.Encode(broker.BootstrapServers)}"
                        + $"\",\"pid\":{Environment.ProcessId}}}"
                )
                .ConfigureAwait(false);
            await output.FlushAsync(stopping.Token).ConfigureAwait(false);
            await WhenCancelledAsync(stopping.Token).ConfigureAwait(false);
            return 0;
        }
        catch (Exception refused)
            when (refused is ArgumentException or IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
        {
            await error.WriteLineAsync($"The broker could not start: {refused.Message}").ConfigureAwait(false);
            return 1;
        }
        catch (OperationCanceledException)
        {
            return 0;
        }
    }

    private static async Task WhenCancelledAsync(CancellationToken token)
    {
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        CancellationTokenRegistration registration = token.Register(() => cancelled.SetResult());
        await using ConfiguredAsyncDisposable registrationDisposal = registration.ConfigureAwait(false);
        await cancelled.Task.ConfigureAwait(false);
    }
}
