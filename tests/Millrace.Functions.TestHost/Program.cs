using System.Runtime.InteropServices;
using Millrace.Functions.TestHost;

// In a container of a platform the Durable extension would write its events among the lines for who started this process.
Environment.SetEnvironmentVariable("CONTAINER_NAME", null);
HostArguments arguments = HostArguments.Parse(args);
using CancellationTokenSource stopping = new();
TaskCompletionSource<bool> end = new(TaskCreationOptions.RunContinuationsAsynchronously);

// As a platform that scales in: what runs may end, nothing new begins.
using PosixSignalRegistration terminated = PosixSignalRegistration.Create(
    PosixSignal.SIGTERM,
    context =>
    {
        context.Cancel = true;
        end.TrySetResult(true);
    }
);

// Who started this process holds its input: when that closes, nobody needs it any more.
_ = Task.Run(async () =>
{
    while (await Console.In.ReadLineAsync() is not null) { }

    end.TrySetResult(false);
});
await using AppHost host = new(arguments);
await host.StartAsync(stopping.Token);
await Console.Out.WriteLineAsync($"{HostLines.Ready}{host.Address}");
if (await end.Task)
{
    await host.DrainAsync();
    await Console.Out.WriteLineAsync(HostLines.Drained);
}
