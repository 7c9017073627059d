"""Commands about the bridge: run it, ask how it is."""

import asyncio
import faulthandler
import json
import logging
import os
import sys
import time
from functools import partial
from pathlib import Path

import click

from antiphon.cli.config import FILE, read
from antiphon.cli.failing import fail
from antiphon.config import wording
from antiphon.config.load import (
    claude_directory,
    environment,
    hide_secrets,
    load_configuration,
    runtime_directory,
    secrets,
    state_directory,
)
from antiphon.config.machine import take_supervision
from antiphon.config.settings import WebhookSettings
from antiphon.errors import AntiphonError
from antiphon.log_files import log_to


@click.command()
@FILE
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but why it cannot start; the log file has the rest.")
@click.option("--unless-service", is_flag=True, help="Where a service is installed, have that run instead.")
@click.pass_context
def run(context: click.Context, named: Path | None, quiet: bool, unless_service: bool) -> None:
    """Run the bridge until it is stopped (Ctrl-C or SIGTERM)."""
    from antiphon.startup import Places

    if unless_service:
        from antiphon.cli.service import start_installed

        if start_installed():
            return
    outer, supervision = context.find_object(Path), take_supervision()
    if supervision.address:
        faulthandler.enable()  # a watchdog's SIGABRT says where the bridge hangs
    env = environment()
    try:
        places = Places(state_directory(env), claude_directory(env), runtime_directory(env))
        found = read(env, named or outer)
        hide_secrets()
        log_to(places.state, hidden := secrets(env, found.settings), screen=not quiet)
        log = logging.getLogger("antiphon")
        if (file := found.sources.file) is not None:
            log.info(wording.in_use(file))
        for remark in found.remarks:
            log.warning(remark)
        if isinstance(found.settings, WebhookSettings):
            from antiphon import webhook_daemon

            asyncio.run(webhook_daemon.run(found.settings, places, hidden, supervision))
            return
        from antiphon import daemon

        again = partial(load_configuration, env, file, root=os.geteuid() == 0)
        asyncio.run(daemon.run(daemon.Start(found.settings, places, again, hidden, supervision)))
    except AntiphonError as error:
        fail(error)


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(as_json: bool) -> None:
    """Say how the bridge is. Exit code 0: it runs and is well; 1: something is wrong; 3: none runs."""
    from antiphon import status as standing

    try:
        found = standing.read_status(state_directory(environment()), time.time())
    except AntiphonError as error:
        fail(error)
    click.echo(json.dumps(standing.as_json(found)) if as_json else "\n".join(standing.lines(found)))
    sys.exit(found.code)
