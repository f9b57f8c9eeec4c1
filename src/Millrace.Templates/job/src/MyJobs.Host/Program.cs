using JobsNamespace;
using JobsNamespace.Host;
using Millrace.Hosting;
using Millrace.Runtime;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
if (builder.Environment.IsDevelopment())
{
    await Development.AddBrokerAndOrdersAsync(builder);
}

// Options are in section Millrace of appsettings.json: where checkpoints go, their interval, a savepoint at the end.
builder.Services.AddMillrace(millrace => millrace.AddJob<OrderTotalsJob>());
builder.Services.AddHealthChecks().AddMillrace();
builder.Services.AddSingleton<LatestTotals>();
builder.Services.AddHostedService(services => services.GetRequiredService<LatestTotals>());

WebApplication app = builder.Build();
app.MapHealthChecks("/health");
app.MapGet("/totals", (LatestTotals totals) => totals.All);
app.MapGet("/totals/{customer}", (string customer, LatestTotals totals) => totals.Of(customer));
app.MapGet("/jobs", (MillraceJobs jobs) => jobs.Names);
app.MapGet(
    "/jobs/{name}",
    (string name, MillraceJobs jobs) => jobs.TryGet(name, out JobClient? job) ? Results.Ok(job.GetMetrics()) : Results.NotFound()
);
app.Run();
