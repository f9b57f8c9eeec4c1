using System.CommandLine;
using Millrace.Embedded.Cli;
using Millrace.Embedded.Hosting;

namespace Millrace.Embedded.Commands;

/// <summary>Takes a savepoint of a job that runs in another process.</summary>
internal sealed class SavepointCommand : ICliCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Option<string> _control = new("--control")
    {
        Description = "Address that 'run --control-port' printed, such as http://127.0.0.1:8081.",
        Required = true,
        HelpName = "url",
    };

    private readonly Option<string> _job = new("--job")
    {
        Description = "The job.",
        Required = true,
        HelpName = "name",
    };
    private readonly Option<string?> _target = new("--name")
    {
        Description = "Name of the savepoint. Default: its number.",
        HelpName = "name",
    };
    private readonly Option<bool> _stop = new("--stop") { Description = "Stop the job after it; nothing is emitted after the savepoint." };

    public Command Create(CliConsole console)
    {
        Command command = new("savepoint", "Take a savepoint of a running job and print its location, which run --restore takes.");
        command.Add(_control);
        command.Add(_job);
        command.Add(_target);
        command.Add(_stop);
        command.SetAction((parsed, cancellationToken) => RunAsync(console, parsed, cancellationToken));
        return command;
    }

    private async Task<int> RunAsync(CliConsole console, ParseResult parsed, CancellationToken cancellationToken)
    {
        if (!Uri.TryCreate(parsed.GetValue(_control), UriKind.Absolute, out Uri? control) || control.Scheme != Uri.UriSchemeHttp)
        {
            throw new CliException(
                $"--control '{parsed.GetValue(_control)}' is no address; give what 'run --control-port' printed, such as "
                    + "http://127.0.0.1:8081."
            );
        }

        string query =
            $"?stop={parsed.GetValue(_stop)}" + (parsed.GetValue(_target) is { } target ? "&target=" + Uri.EscapeDataString(target) : "");
        using HttpClient client = new() { Timeout = Patience };
        client.DefaultRequestHeaders.Add(ControlServer.Header, "1");
        try
        {
            using HttpResponseMessage answer = await client.PostAsync(
                new Uri(control, $"/jobs/{Uri.EscapeDataString(parsed.GetValue(_job)!)}/savepoint{query}"),
                content: null,
                cancellationToken
            );
            string text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (!answer.IsSuccessStatusCode)
            {
                throw new CliException(text.Trim('"'));
            }

            await console.Out.WriteLineAsync(text);
            return CliApplication.Success;
        }
        catch (HttpRequestException failure)
        {
            throw new CliException(
                $"Nobody answers at {control}: {failure.Message} Start the job with --control-port, and give the address that it prints.",
                failure
            );
        }
    }
}
