using Microsoft.Azure.Functions.Worker.Builder;
using Microsoft.Extensions.Hosting;
using Millrace.App;
using Millrace.Functions;
using Millrace.Samples;

FunctionsApplicationBuilder builder = FunctionsApplication.CreateBuilder(args);

// Without the setting Millrace:Jobs the article's pipeline runs; it names others, separated by commas.
builder.Configuration["Millrace:Jobs"] ??= "uppercase";
builder.AddMillraceJobs(jobs => jobs.AddAssembly(typeof(UppercaseJob).Assembly));
ApplicationInsights.AddTo(builder.Services, builder.Configuration);
QuietLogs.AddTo(builder.Logging);
await builder.Build().RunAsync();
